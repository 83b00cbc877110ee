// Whether a repository's part of the reference graph can be believed. Links are let go where no manifest names them, so
// a graph that has lost rows (a damaged file, a hand in the database) would let go of what is needed.
import type { Query } from '../../../io/db/database.ts';

/** The next repositories by their key; one is enough for a step. */
export async function listRepositoriesAfter(
  query: Query,
  after: number,
): Promise<readonly { readonly id: number; readonly name: string }[]> {
  return query
    .selectFrom('repository')
    .select(['id', 'name'])
    .where('id', '>', after)
    .orderBy('id')
    .limit(1)
    .execute();
}

/** Why the repository's graph cannot be believed; undefined where it can. */
export async function findBreak(query: Query, repositoryId: number): Promise<string | undefined> {
  // Every image names a configuration.
  const childless = await query
    .selectFrom('manifest')
    .select('manifest.digest')
    .where('manifest.repository_id', '=', repositoryId)
    .where('manifest.kind', '=', 'image')
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('manifest_child')
            .select('manifest_child.digest')
            .whereRef('manifest_child.repository_id', '=', 'manifest.repository_id')
            .whereRef('manifest_child.digest', '=', 'manifest.digest')
            .where('manifest_child.role', '=', 'config'),
        ),
      ),
    )
    .limit(1)
    .executeTakeFirst();
  if (childless !== undefined) return `manifest ${childless.digest} has lost what it names`;
  const rowless = await query
    .selectFrom('tag')
    .select('tag.name')
    .where('tag.repository_id', '=', repositoryId)
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('manifest')
            .select('manifest.digest')
            .whereRef('manifest.repository_id', '=', 'tag.repository_id')
            .whereRef('manifest.digest', '=', 'tag.digest'),
        ),
      ),
    )
    .limit(1)
    .executeTakeFirst();
  return rowless === undefined ? undefined : `tag ${rowless.name} has lost its manifest`;
}
