// The repositories: what they are called and since when. One is made by its first push, and is listed
// from its first manifest on: an abandoned push leaves no empty name behind in lists.
import type { Database } from '../../io/db/database.ts';
import { likeText } from '../hub/catalogue.ts';
import type { Principal } from '../hub/principal.ts';
import { isVisible } from '../hub/visible.ts';

export interface Repository {
  readonly id: number;
  readonly name: string;
  readonly isPublic: boolean;
  readonly createdAt: number;
  /** The last push, tag move or deletion. */
  readonly updatedAt: number;
}

export interface NamePage {
  readonly limit: number;
  readonly after?: string;
  /** In small letters, as names are. */
  readonly part?: string;
}

export interface Repositories {
  /** Undefined where there was never a push. */
  find(name: string): Promise<Repository | undefined>;
  /** Names that the viewer may see, in bytewise order, those after `after`; with `part` those that hold it; at most `limit`. */
  list(viewer: Principal, page: NamePage): Promise<readonly string[]>;
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

    async list(viewer, { limit, after, part }) {
      const rows = await query
        .selectFrom('repository')
        .select('name')
        .where(isVisible(viewer))
        .where('name', '>', after ?? '')
        .$if(part !== undefined, (some) => some.where(likeText('name', part as string)))
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
