// The repositories: what they are called and since when. One is made by its first push, and is listed
// from its first manifest on: an abandoned push leaves no empty name behind in lists.
import type { Database } from '../../io/db/database.ts';

export interface Repository {
  readonly id: number;
  readonly name: string;
  readonly isPublic: boolean;
  readonly createdAt: number;
  /** The last push, tag move or deletion. */
  readonly updatedAt: number;
}

export interface Repositories {
  /** Undefined where there was never a push. */
  find(name: string): Promise<Repository | undefined>;
  /** Names that anybody may see, in bytewise order, those after `after`; at most `limit`. */
  listPublic(page: { readonly limit: number; readonly after?: string }): Promise<readonly string[]>;
}

export function createRepositories({ database }: { readonly database: Database }): Repositories {
  const { query } = database;
  return {
    async find(name) {
      const row = await query
        .selectFrom('repository')
        .selectAll()
        .where('name', '=', name)
        .executeTakeFirst();
      if (row === undefined) return undefined;
      return {
        id: row.id,
        name: row.name,
        isPublic: row.is_public === 1,
        createdAt: row.created_at,
        updatedAt: row.updated_at,
      };
    },

    async listPublic({ limit, after }) {
      const rows = await query
        .selectFrom('repository')
        .select('name')
        .where('is_public', '=', 1)
        .where('name', '>', after ?? '')
        .where(({ exists, selectFrom }) =>
          exists(
            selectFrom('manifest')
              .select('manifest.digest')
              .whereRef('manifest.repository_id', '=', 'repository.id'),
          ),
        )
        .orderBy('name')
        .limit(limit)
        .execute();
      return rows.map((row) => row.name);
    },
  };
}
