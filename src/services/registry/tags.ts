// The tags of a repository. Deleting one removes only the name: its manifest stays, by digest.
import type { Digest } from '../../formats/oci/digest.ts';
import type { Grant } from '../hub/access.ts';
import { registryErrors } from './errors.ts';
import { readRepositoryId, touchRepository } from './rows/repository.ts';
import { dropTags, findTag } from './rows/tag.ts';
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
  /**
   * `registry.manifest_unknown`, `registry.name_unknown`; `registry.tag_immutable` where the tag stays what it is
   * and no `reason` is given. The reason and `via` (how: `delete` where absent) stand in the tag log.
   */
  delete(
    grant: Grant<'delete'>,
    name: string,
    why?: { readonly via?: string; readonly reason?: string },
  ): Promise<void>;
  /** The tags that moved last in all public repositories, newest first; clients' fallback tags for referrers left out. */
  newest(limit: number): Promise<readonly Tag[]>;
}

export function createTags(stores: Pick<RegistryStores, 'database' | 'clock' | 'random'>): Tags {
  const { database, clock, random } = stores;
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

    async delete(grant, name, { via = 'delete', reason } = {}) {
      const { repository } = grant;
      await database.transaction(async (query) => {
        const now = clock.now();
        const repositoryId = await readRepositoryId(query, repository);
        const tag = await findTag(query, repositoryId, name);
        if (tag === undefined) throw registryErrors.manifest_unknown(`${repository} has no tag ${name}`);
        const why = reason === undefined ? {} : { reason };
        await dropTags(query, repositoryId, [tag], { actor: grant, via, ...why, now, random });
        await touchRepository(query, repositoryId, now);
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
