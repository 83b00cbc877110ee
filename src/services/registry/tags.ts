// The tags of a repository. Deleting one removes only the name: its manifest stays, by digest.
import type { Digest } from '../../formats/oci/digest.ts';
import type { Grant } from '../hub/access.ts';
import { registryErrors } from './errors.ts';
import { recordEvents } from './event.ts';
import { readRepositoryId, touchRepository } from './rows/repository.ts';
import type { RegistryStores } from './stores.ts';

export interface Tag {
  readonly repository: string;
  readonly name: string;
  readonly digest: Digest;
  /** When it last moved. */
  readonly updatedAt: number;
}

export interface Tags {
  /** Names in bytewise order, those after `after`; at most `limit`. `registry.name_unknown`. */
  list(
    grant: Grant<'pull'>,
    page: { readonly limit: number; readonly after?: string },
  ): Promise<readonly string[]>;
  /** `registry.manifest_unknown`, `registry.name_unknown`. */
  delete(grant: Grant<'delete'>, name: string): Promise<void>;
  /** The tags that moved last in all public repositories, newest first; clients' fallback tags for referrers left out. */
  newest(limit: number): Promise<readonly Tag[]>;
}

export function createTags(stores: Pick<RegistryStores, 'database' | 'clock'>): Tags {
  const { database, clock } = stores;
  return {
    async list(grant, { limit, after }) {
      const repositoryId = await readRepositoryId(database.query, grant.repository);
      const rows = await database.query
        .selectFrom('tag')
        .select('name')
        .where('repository_id', '=', repositoryId)
        .where('name', '>', after ?? '')
        .orderBy('name')
        .limit(limit)
        .execute();
      return rows.map((row) => row.name);
    },

    async delete(grant, name) {
      const { repository } = grant;
      await database.transaction(async (query) => {
        const now = clock.now();
        const repositoryId = await readRepositoryId(query, repository);
        const [deleted] = await query
          .deleteFrom('tag')
          .where('repository_id', '=', repositoryId)
          .where('name', '=', name)
          .returning('digest')
          .execute();
        if (deleted === undefined) throw registryErrors.manifest_unknown(`${repository} has no tag ${name}`);
        await touchRepository(query, repositoryId, now);
        const digest = deleted.digest as Digest;
        await recordEvents(query, grant, [{ kind: 'tag_deleted', repository, tag: name, digest }], now);
      });
    },

    async newest(limit) {
      const rows = await database.query
        .selectFrom('tag')
        .innerJoin('repository', 'repository.id', 'tag.repository_id')
        .select(['repository.name as repository', 'tag.name', 'tag.digest', 'tag.updated_at'])
        .where('repository.is_public', '=', 1)
        .where('tag.name', 'not like', 'sha256-%')
        .orderBy('tag.updated_at', 'desc')
        .limit(limit)
        .execute();
      return rows.map((row) => ({
        repository: row.repository,
        name: row.name,
        digest: row.digest as Digest,
        updatedAt: row.updated_at,
      }));
    },
  };
}
