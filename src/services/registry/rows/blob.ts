// Rows of blobs: what is stored, and which repository may serve it. Private to the registry.
import type { Digest } from '../../../formats/oci/digest.ts';
import type { Query } from '../../../io/db/database.ts';
import { type Actor, productActor } from '../../hub/audit.ts';
import { recordEvents } from '../event.ts';
import { endDamage } from './damage.ts';
import { endMissing } from './missing.ts';

/**
 * Remembers that the bytes are stored; they must be durable already, and have had their digest just now. A blob
 * that was to be collected, or was found damaged, is sound again by it: `actor` pushed it.
 */
export async function addBlob(
  query: Query,
  digest: Digest,
  sizeBytes: number,
  now: number,
  actor: Actor = productActor,
): Promise<void> {
  const sound = { size_bytes: sizeBytes, proven_at: now, damaged_at: null, collectable_at: null };
  await query
    .insertInto('blob')
    .values({ digest, created_at: now, ...sound })
    .onConflict((conflict) => conflict.column('digest').doUpdateSet(sound))
    .execute();
  await endDamage(query, { digest, from: 'push', actor, now });
}

export interface NewLink {
  readonly repositoryId: number;
  readonly repository: string;
  readonly digest: Digest;
  readonly now: number;
}

/** Lets the repository serve the blob, and tells of manifests that had waited for it. */
export async function linkBlob(query: Query, link: NewLink): Promise<void> {
  const { repositoryId, repository, digest, now } = link;
  await query
    .insertInto('repository_blob')
    .values({ repository_id: repositoryId, digest, created_at: now })
    // Held again by whoever pushes: the collector starts to count anew.
    .onConflict((conflict) => conflict.columns(['repository_id', 'digest']).doUpdateSet({ unused_at: null }))
    .execute();
  const whole = await endMissing(query, repositoryId, digest);
  await recordEvents(
    query,
    productActor,
    whole.map((manifest) => ({ kind: 'manifest_completed', repository, digest: manifest })),
    now,
  );
}

export interface HeldBlob {
  readonly sizeBytes: number;
  readonly provenAt: number | null;
  /** No manifest of the repository names it, as far as the collector has seen: it will be let go. */
  readonly isUnused: boolean;
}

/** The blob where the repository of this name holds it, and its bytes are not known to be damaged. */
export async function findHeldBlob(
  query: Query,
  repository: string,
  digest: Digest,
): Promise<HeldBlob | undefined> {
  const row = await query
    .selectFrom('repository')
    .innerJoin('repository_blob', 'repository_blob.repository_id', 'repository.id')
    .innerJoin('blob', 'blob.digest', 'repository_blob.digest')
    .select(['blob.size_bytes', 'blob.proven_at', 'repository_blob.unused_at'])
    .where('repository.name', '=', repository)
    .where('repository_blob.digest', '=', digest)
    .where('blob.damaged_at', 'is', null)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  return { sizeBytes: row.size_bytes, provenAt: row.proven_at, isUnused: row.unused_at !== null };
}

/**
 * Puts off the end of a link that no manifest uses: whoever asked may be about to push one. False where it has
 * ended already.
 */
export async function keepLink(query: Query, repository: string, digest: Digest): Promise<boolean> {
  const kept = await query
    .updateTable('repository_blob')
    .set({ unused_at: null })
    .where('digest', '=', digest)
    .where('repository_id', '=', (is) =>
      is.selectFrom('repository').select('id').where('name', '=', repository),
    )
    .executeTakeFirst();
  return kept.numUpdatedRows > 0n;
}

/** The bytes had their digest now, unless the row has changed since it was read. */
export async function markProven(
  query: Query,
  digest: Digest,
  before: number | null,
  now: number,
): Promise<void> {
  await query
    .updateTable('blob')
    .set({ proven_at: now })
    .where('digest', '=', digest)
    .where('proven_at', before === null ? 'is' : '=', before)
    .where('damaged_at', 'is', null)
    .execute();
}

/** Databases bound the parameters of one query (SQLite 32,766, PostgreSQL 65,535). */
const DIGESTS_PER_QUERY = 500;

/** Those of the digests that the repository does not hold, or of which the bytes are known to be damaged. */
export async function missingBlobs(
  query: Query,
  repositoryId: number,
  digests: readonly Digest[],
): Promise<readonly Digest[]> {
  const missing = new Set(digests);
  const wanted = [...missing];
  for (let at = 0; at < wanted.length; at += DIGESTS_PER_QUERY) {
    const rows = await query
      .selectFrom('repository_blob')
      .innerJoin('blob', 'blob.digest', 'repository_blob.digest')
      .select('blob.digest')
      .where('repository_id', '=', repositoryId)
      .where('repository_blob.digest', 'in', wanted.slice(at, at + DIGESTS_PER_QUERY))
      .where('blob.damaged_at', 'is', null)
      .execute();
    for (const { digest } of rows) missing.delete(digest as Digest);
  }
  return [...missing];
}
