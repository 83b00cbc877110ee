// What manifests name and their repository does not hold: written with a sparse manifest, ended by each blob
// that comes. An image is whole in a repository exactly where no such row stands. Private to the registry.
import type { Digest } from '../../../formats/oci/digest.ts';
import type { Query } from '../../../io/db/database.ts';

/** Notes what the manifest lacks here; its row stands already. */
export async function addMissing(
  query: Query,
  repositoryId: number,
  digest: Digest,
  missing: readonly Digest[],
): Promise<void> {
  for (const child_digest of missing)
    await query
      .insertInto('manifest_missing')
      .values({ repository_id: repositoryId, digest, child_digest })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
}

/** The repository has come to hold the blob: returns the manifests that are whole by it. */
export async function endMissing(
  query: Query,
  repositoryId: number,
  blob: Digest,
): Promise<readonly Digest[]> {
  const waited = await query
    .deleteFrom('manifest_missing')
    .where('repository_id', '=', repositoryId)
    .where('child_digest', '=', blob)
    .returning('digest')
    .execute();
  if (waited.length === 0) return [];
  const digests = waited.map((row) => row.digest);
  const still = await query
    .selectFrom('manifest_missing')
    .select('digest')
    .distinct()
    .where('repository_id', '=', repositoryId)
    .where('digest', 'in', digests)
    .execute();
  const lacking = new Set(still.map((row) => row.digest));
  return digests.filter((digest) => !lacking.has(digest)) as Digest[];
}
