// Whether a repository has a manifest: what is asked before anything hangs on it, moves a tag to it, or is learned of it.
import type { Query } from '../../io/db/database.ts';

/** By one indexed query. `query` is a transaction where the answer must hold until something is written. */
export async function hasManifest(query: Query, repositoryId: number, digest: string): Promise<boolean> {
  const row = await query
    .selectFrom('manifest')
    .select('digest')
    .where('repository_id', '=', repositoryId)
    .where('digest', '=', digest)
    .executeTakeFirst();
  return row !== undefined;
}
