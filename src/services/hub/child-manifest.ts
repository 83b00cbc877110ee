// The manifests that an index names, by one query: for scans, retention and pulls alike. It stands here because the
// registry may ask the hub and not the other way about.
import type { Query } from '../../io/db/database.ts';

export interface ChildManifest {
  /** Of the index. */
  readonly digest: string;
  readonly childDigest: string;
}

/** Children of these indexes in one repository, in no order; none for what is no index. */
export async function listChildManifests(
  query: Query,
  repositoryId: number,
  digests: readonly string[],
): Promise<readonly ChildManifest[]> {
  return digests.length === 0 ? [] : select(query, repositoryId).where('digest', 'in', digests).execute();
}

/** The indexes of one repository that name these, with what they name. */
export async function listParentManifests(
  query: Query,
  repositoryId: number,
  childDigests: readonly string[],
): Promise<readonly ChildManifest[]> {
  return childDigests.length === 0
    ? []
    : select(query, repositoryId).where('child_digest', 'in', childDigests).execute();
}

function select(query: Query, repositoryId: number) {
  return query
    .selectFrom('manifest_child')
    .select(['digest', 'child_digest as childDigest'])
    .where('repository_id', '=', repositoryId)
    .where('role', '=', 'manifest');
}
