// When tags were pulled last. A tag was pulled where somebody pulled it by its name, by the digest that it has now, or by
// the digest of one of its platforms: each counts for every tag that stands there. Asked in small steps of indexed rows,
// so that a page of a repository with 200,000 tags costs what its rows cost.
import { setImmediate } from 'node:timers/promises';
import type { Query } from '../../io/db/database.ts';
import { listChildManifests } from '../hub/child-manifest.ts';
import { listPulled } from './rows/pull.ts';

export interface PulledTag {
  readonly name: string;
  readonly digest: string;
}

/** Tags in one question. */
const BATCH = 400;
/** An index may name an index, and that one images: nobody has built a deeper one. */
const DEPTH = 2;

/** By name; tags without a record are absent. `isWhole`: these are most tags of the repository. */
export async function listLastPulls(
  query: Query,
  repositoryId: number,
  tags: readonly PulledTag[],
  { isWhole = false }: { readonly isWhole?: boolean } = {},
): Promise<ReadonlyMap<string, number>> {
  const last = new Map<string, number>();
  const all = isWhole ? await listPulled(query, repositoryId) : undefined;
  for (let at = 0; at < tags.length; at += BATCH) {
    // Others are served in between.
    if (at > 0) await setImmediate();
    const batch = tags.slice(at, at + BATCH);
    const parts = await listParts(query, repositoryId, batch);
    const names = batch.flatMap(({ name, digest }) => [name, ...(parts.get(digest) ?? [])]);
    const pulled = all ?? (await listPulled(query, repositoryId, [...new Set(names)]));
    for (const { name, digest } of batch) {
      const times = [name, ...(parts.get(digest) ?? [])].flatMap((one) => pulled.get(one) ?? []);
      if (times.length > 0) last.set(name, Math.max(...times));
    }
  }
  return last;
}

/** The digest itself and all that it names, by digest. */
async function listParts(
  query: Query,
  repositoryId: number,
  tags: readonly PulledTag[],
): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const parts = new Map(tags.map(({ digest }) => [digest, new Set([digest])]));
  /** Tagged digests by what they name at this depth. */
  let wholes = new Map([...parts.keys()].map((digest) => [digest, [digest]]));
  for (let depth = 0; depth < DEPTH && wholes.size > 0; depth += 1) {
    const next = new Map<string, string[]>();
    const asked = [...wholes.keys()];
    for (let at = 0; at < asked.length; at += BATCH)
      for (const { digest, childDigest } of await listChildManifests(
        query,
        repositoryId,
        asked.slice(at, at + BATCH),
      ))
        for (const whole of wholes.get(digest) ?? []) {
          parts.get(whole)?.add(childDigest);
          next.set(childDigest, [...(next.get(childDigest) ?? []), whole]);
        }
    wholes = next;
  }
  return parts;
}
