// Undeleting: a deleted manifest or tag comes back as it was, for as long as the grace lasts. It goes the way of a push,
// so that its tags move in the one place where tags move. A tag that points elsewhere by now is left there.
import type { Digest } from '../../formats/oci/digest.ts';
import type { Grant } from '../hub/access.ts';
import { registryErrors } from './errors.ts';
import { type ManifestReference, type Manifests, readManifestBytes } from './manifests.ts';
import { readRepositoryId } from './rows/repository.ts';
import type { RegistryStores } from './stores.ts';

export interface Trashed {
  readonly digest: Digest;
  /** A manifest with its tags, or a tag alone. */
  readonly kind: 'manifest' | 'tag';
  readonly tags: readonly string[];
  readonly deletedAt: number;
  /** Empty where it was nobody with a name. */
  readonly deletedBy: string;
}

export interface Undeleted {
  readonly digest: Digest;
  /** Tags that point at it again. */
  readonly tags: readonly string[];
  /** Tags that had pointed at it and point elsewhere now. */
  readonly movedTags: readonly string[];
  /** Blobs that it names and the repository has let go of meanwhile. */
  readonly missingBlobs: number;
}

export interface Trash {
  /** What can be undeleted, deleted last first; at most `limit`. `registry.name_unknown`. */
  list(grant: Grant<'pull'>, limit: number): Promise<readonly Trashed[]>;
  /**
   * By digest, the manifest and the tags that were deleted with it; by tag, that tag, and its manifest where that was
   * deleted too. `registry.trash_unknown`, `registry.name_unknown`.
   */
  undelete(grant: Grant<'push'>, reference: ManifestReference): Promise<Undeleted>;
}

type Stores = Pick<RegistryStores, 'database' | 'blobs'>;

export function createTrash(stores: Stores, manifests: Pick<Manifests, 'put'>): Trash {
  const { database } = stores;

  async function findMediaType(repositoryId: number, digest: string): Promise<string | undefined> {
    const of = (table: 'trash' | 'manifest') =>
      database.query
        .selectFrom(table)
        .select('media_type')
        .where('repository_id', '=', repositoryId)
        .where('digest', '=', digest)
        .executeTakeFirst();
    return ((await of('trash')) ?? (await of('manifest')))?.media_type;
  }

  /** What to bring back, and the tags that it had. */
  async function find(repositoryId: number, reference: ManifestReference) {
    const rows = await database.query
      .selectFrom('trash_tag')
      .select(['name', 'digest'])
      .where('repository_id', '=', repositoryId)
      .where(
        'tag' in reference ? 'name' : 'digest',
        '=',
        'tag' in reference ? reference.tag : reference.digest,
      )
      .orderBy('deleted_at', 'desc')
      .orderBy('name')
      .execute();
    const digest = 'digest' in reference ? reference.digest : rows[0]?.digest;
    if (digest === undefined) return undefined;
    const names = rows.filter((row) => row.digest === digest).map((row) => row.name);
    return { digest: digest as Digest, names };
  }

  async function whereNow(repositoryId: number, names: readonly string[]): Promise<ReadonlySet<string>> {
    if (names.length === 0) return new Set();
    const rows = await database.query
      .selectFrom('tag')
      .select('name')
      .where('repository_id', '=', repositoryId)
      .where('name', 'in', names)
      .execute();
    return new Set(rows.map((row) => row.name));
  }

  async function forget(repositoryId: number, digest: Digest, names: readonly string[]): Promise<void> {
    await database.transaction(async (query) => {
      await query
        .deleteFrom('trash')
        .where('repository_id', '=', repositoryId)
        .where('digest', '=', digest)
        .execute();
      if (names.length > 0)
        await query
          .deleteFrom('trash_tag')
          .where('repository_id', '=', repositoryId)
          .where('digest', '=', digest)
          .where('name', 'in', names)
          .execute();
    });
  }

  return {
    async list(grant, limit) {
      const repositoryId = await readRepositoryId(database.query, grant.repository);
      const select = (table: 'trash' | 'trash_tag') =>
        database.query
          .selectFrom(table)
          .select(['digest', 'deleted_at', 'deleted_by'])
          .where('repository_id', '=', repositoryId)
          .orderBy('deleted_at', 'desc')
          .limit(limit);
      const manifests = await select('trash').execute();
      const tags = await select('trash_tag').select('name').execute();
      const gone = new Set(manifests.map((row) => row.digest));
      const entries: Trashed[] = [
        ...manifests.map((row) => ({
          kind: 'manifest' as const,
          digest: row.digest as Digest,
          tags: tags.filter((tag) => tag.digest === row.digest).map((tag) => tag.name),
          deletedAt: row.deleted_at,
          deletedBy: row.deleted_by,
        })),
        ...tags
          .filter((tag) => !gone.has(tag.digest))
          .map((tag) => ({
            kind: 'tag' as const,
            digest: tag.digest as Digest,
            tags: [tag.name],
            deletedAt: tag.deleted_at,
            deletedBy: tag.deleted_by,
          })),
      ];
      return entries.sort((a, b) => b.deletedAt - a.deletedAt).slice(0, limit);
    },

    async undelete(grant, reference) {
      const { repository } = grant;
      const repositoryId = await readRepositoryId(database.query, repository);
      const found = await find(repositoryId, reference);
      const isThere = found !== undefined && (await claim(database, repositoryId, found));
      const mediaType = isThere ? await findMediaType(repositoryId, found.digest) : undefined;
      if (found === undefined || mediaType === undefined) {
        const named = 'tag' in reference ? `tag ${reference.tag}` : `manifest ${reference.digest}`;
        throw registryErrors.trash_unknown(`no deleted ${named} of ${repository} is kept`);
      }
      const { digest, names } = found;
      const elsewhere = await whereNow(repositoryId, names);
      const tags = names.filter((name) => !elsewhere.has(name));
      const bytes = await readManifestBytes(stores, digest);
      const { missingBlobs } = await manifests.put(grant, { digest }, mediaType, bytes, {
        tags,
        via: 'undelete',
      });
      await forget(repositoryId, digest, names);
      return { digest, tags, movedTags: [...elsewhere].sort(), missingBlobs };
    },
  };
}

/**
 * Lets the grace begin anew, so that the collector ends nothing of it while it comes back. False where nothing of it
 * stands in the trash: neither its manifest nor a tag.
 */
async function claim(
  database: Stores['database'],
  repositoryId: number,
  { digest, names }: { readonly digest: Digest; readonly names: readonly string[] },
): Promise<boolean> {
  return database.transaction(async (query) => {
    const kept = await query
      .updateTable('trash')
      .set({ seen_at: null })
      .where('repository_id', '=', repositoryId)
      .where('digest', '=', digest)
      .executeTakeFirst();
    if (kept.numUpdatedRows > 0n) return true;
    // A tag alone: its manifest stands, and needs nothing of the trash.
    const manifest = await query
      .selectFrom('manifest')
      .select('digest')
      .where('repository_id', '=', repositoryId)
      .where('digest', '=', digest)
      .executeTakeFirst();
    return manifest !== undefined && names.length > 0;
  });
}
