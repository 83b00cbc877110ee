// Rows of blobs: what is stored, and which repository may serve it. Private to the registry.
import type { Digest } from '../../../formats/oci/digest.ts';
import type { Query } from '../../../io/db/database.ts';

/** Remembers that the bytes are stored; they must be durable already. */
export async function addBlob(query: Query, digest: Digest, sizeBytes: number, now: number): Promise<void> {
  await query
    .insertInto('blob')
    .values({ digest, size_bytes: sizeBytes, created_at: now })
    .onConflict((conflict) => conflict.column('digest').doNothing())
    .execute();
}

/** Lets the repository serve the blob. */
export async function linkBlob(
  query: Query,
  repositoryId: number,
  digest: Digest,
  now: number,
): Promise<void> {
  await query
    .insertInto('repository_blob')
    .values({ repository_id: repositoryId, digest, created_at: now })
    .onConflict((conflict) => conflict.columns(['repository_id', 'digest']).doNothing())
    .execute();
}

/** The blob's size where the repository of this name holds it. */
export async function findHeldBlob(
  query: Query,
  repository: string,
  digest: Digest,
): Promise<number | undefined> {
  const row = await query
    .selectFrom('repository')
    .innerJoin('repository_blob', 'repository_blob.repository_id', 'repository.id')
    .innerJoin('blob', 'blob.digest', 'repository_blob.digest')
    .select('blob.size_bytes')
    .where('repository.name', '=', repository)
    .where('repository_blob.digest', '=', digest)
    .executeTakeFirst();
  return row?.size_bytes;
}

/** Databases bound the parameters of one query (SQLite 32,766, PostgreSQL 65,535). */
const DIGESTS_PER_QUERY = 500;

/** Those of the digests that the repository does not hold. */
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
      .select('digest')
      .where('repository_id', '=', repositoryId)
      .where('digest', 'in', wanted.slice(at, at + DIGESTS_PER_QUERY))
      .execute();
    for (const { digest } of rows) missing.delete(digest as Digest);
  }
  return [...missing];
}
