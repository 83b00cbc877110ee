// What refers to a manifest: signatures, attestations, inventories (distribution-spec "Listing Referrers").
// A subject or repository that nobody knows has an empty list: it is never an error to ask.
import type { Descriptor } from '../../formats/oci/descriptor.ts';
import type { Digest } from '../../formats/oci/digest.ts';
import type { Query } from '../../io/db/database.ts';
import type { Grant } from '../hub/access.ts';
import { findRepositoryId } from './rows/repository.ts';
import type { RegistryStores } from './stores.ts';

export interface ReferrersPage {
  readonly limit: number;
  readonly artifactType?: string;
  /** The last digest of the page before. */
  readonly after?: Digest;
}

export interface Referrers {
  /** Descriptors ordered by digest, with artifactType and annotations. */
  list(grant: Grant<'pull'>, subject: Digest, page: ReferrersPage): Promise<readonly Descriptor[]>;
}

export function createReferrers({ database }: Pick<RegistryStores, 'database'>): Referrers {
  return {
    async list(grant, subject, page) {
      const repositoryId = await findRepositoryId(database.query, grant.repository);
      return repositoryId === undefined ? [] : listReferrers(database.query, repositoryId, subject, page);
    },
  };
}

/** The same without a right, for the registry's own. */
export async function listReferrers(
  query: Query,
  repositoryId: number,
  subject: Digest,
  page: ReferrersPage,
): Promise<readonly Descriptor[]> {
  let wanted = query
    .selectFrom('manifest')
    .select(['digest', 'media_type', 'size_bytes', 'artifact_type', 'annotations_json'])
    .where('repository_id', '=', repositoryId)
    .where('subject_digest', '=', subject)
    .where('digest', '>', page.after ?? '');
  if (page.artifactType !== undefined) wanted = wanted.where('artifact_type', '=', page.artifactType);
  const rows = await wanted.orderBy('digest').limit(page.limit).execute();
  return rows.map((row) => ({
    mediaType: row.media_type,
    digest: row.digest as Digest,
    sizeBytes: row.size_bytes,
    ...(row.artifact_type === null ? {} : { artifactType: row.artifact_type }),
    ...(row.annotations_json === null ? {} : { annotations: JSON.parse(row.annotations_json) }),
  }));
}
