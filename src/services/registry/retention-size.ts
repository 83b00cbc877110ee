// How many bytes a plan would free on disk, tag by tag: what each frees once those before it are gone, so that the rows
// add up to the sum. A blob is freed where every manifest that names it goes, in whatever repository; with the grace, as
// all that is deleted. Nothing is changed.
import { setImmediate } from 'node:timers/promises';
import type { Query } from '../../io/db/database.ts';
import { listChildManifests, listParentManifests } from '../hub/child-manifest.ts';

/** Digests in one question. */
const BATCH = 400;

/** The manifests that go with these tags, each by the tag that takes it along: a place in `tags`. */
async function listGoing(
  query: Query,
  repositoryId: number,
  tags: readonly { readonly digest: string }[],
  keptDigests: ReadonlySet<string>,
): Promise<ReadonlyMap<string, number>> {
  const gone = new Map<string, number>();
  let asked = new Map<string, number>();
  for (const [at, { digest }] of tags.entries()) asked.set(digest, at);
  while (asked.size > 0) {
    const next = new Map<string, number>();
    const due = [...asked].filter(([digest]) => !gone.has(digest) && !keptDigests.has(digest));
    for await (const batch of batches(due)) {
      const digests = batch.map(([digest]) => digest);
      const parents = await listParentManifests(query, repositoryId, digests);
      const isHeld = new Set(
        parents.filter(({ digest }) => !gone.has(digest)).map(({ childDigest }) => childDigest),
      );
      const going = new Map(batch.filter(([digest]) => !isHeld.has(digest)));
      for (const [digest, at] of going) gone.set(digest, at);
      for (const [digest, at] of await listAttached(query, repositoryId, going))
        next.set(digest, Math.max(at, next.get(digest) ?? 0));
    }
    asked = next;
  }
  return gone;
}

/** Platforms of what goes, and what hangs on it. */
async function listAttached(
  query: Query,
  repositoryId: number,
  going: ReadonlyMap<string, number>,
): Promise<readonly (readonly [digest: string, at: number])[]> {
  if (going.size === 0) return [];
  const digests = [...going.keys()];
  const children = await listChildManifests(query, repositoryId, digests);
  const referrers = await query
    .selectFrom('manifest')
    .select(['digest', 'subject_digest'])
    .where('repository_id', '=', repositoryId)
    .where('subject_digest', 'in', digests)
    .execute();
  const at = (digest: string | null): number => going.get(digest ?? '') ?? 0;
  return [
    ...children.map(({ digest, childDigest }) => [childDigest, at(digest)] as const),
    ...referrers.map((row) => [row.digest, at(row.subject_digest)] as const),
  ];
}

/** Bytes that each of `going` frees, in its order. */
export async function measureGoing(
  query: Query,
  repositoryId: number,
  going: readonly { readonly digest: string }[],
  keptDigests: ReadonlySet<string>,
): Promise<readonly number[]> {
  const gone = await listGoing(query, repositoryId, going, keptDigests);
  const uses = new Map<string, { times: number; at: number }>();
  const use = (blob: string, at: number): void => {
    const known = uses.get(blob) ?? { times: 0, at: 0 };
    uses.set(blob, { times: known.times + 1, at: Math.max(known.at, at) });
  };
  for await (const batch of batches([...gone])) {
    const rows = await query
      .selectFrom('manifest_child')
      .select(['digest', 'child_digest'])
      .where('repository_id', '=', repositoryId)
      .where('role', '!=', 'manifest')
      .where(
        'digest',
        'in',
        batch.map(([digest]) => digest),
      )
      .execute();
    for (const row of rows) use(row.child_digest, gone.get(row.digest) ?? 0);
    // A manifest is a blob too, held by its own row.
    for (const [digest, at] of batch) use(digest, at);
  }
  const freed = going.map(() => 0);
  for await (const batch of batches([...uses])) {
    const digests = batch.map(([digest]) => digest);
    const all = await countUses(query, digests);
    const free = batch.filter(([digest, { times }]) => (all.get(digest) ?? 0) <= times);
    const sizes = await listSizes(
      query,
      free.map(([digest]) => digest),
    );
    for (const [digest, { at }] of free) freed[at] = (freed[at] ?? 0) + (sizes.get(digest) ?? 0);
  }
  return freed;
}

/** How often each is named as a part, or stands as a manifest, in all repositories. */
async function countUses(query: Query, digests: readonly string[]): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>();
  const parts = await query
    .selectFrom('manifest_child')
    .select((of) => ['child_digest as digest', of.fn.countAll<number>().as('times')])
    .where('child_digest', 'in', digests)
    .where('role', '!=', 'manifest')
    .groupBy('child_digest')
    .execute();
  const manifests = await query
    .selectFrom('manifest')
    .select((of) => ['digest', of.fn.countAll<number>().as('times')])
    .where('digest', 'in', digests)
    .groupBy('digest')
    .execute();
  for (const { digest, times } of [...parts, ...manifests])
    counts.set(digest, (counts.get(digest) ?? 0) + Number(times));
  return counts;
}

async function listSizes(query: Query, digests: readonly string[]): Promise<ReadonlyMap<string, number>> {
  if (digests.length === 0) return new Map();
  const rows = await query
    .selectFrom('blob')
    .select(['digest', 'size_bytes'])
    .where('digest', 'in', digests)
    .execute();
  return new Map(rows.map((row) => [row.digest, row.size_bytes]));
}

/** Others are served between two of them: a repository may have 200,000 tags. */
async function* batches<T>(items: readonly T[]): AsyncGenerator<readonly T[]> {
  for (let at = 0; at < items.length; at += BATCH) {
    if (at > 0) await setImmediate();
    yield items.slice(at, at + BATCH);
  }
}
