// What a namespace holds and may hold. Its bytes are those of every blob and manifest that one of its repositories
// holds, each counted once, however many hold it; what was deleted counts until it is collected. Statements that the
// product hung there by itself are nobody's bytes, but for the two of their empty configuration, which others share.
// Private to the registry.
import type { Digest } from '../../../formats/oci/digest.ts';
import type { Query } from '../../../io/db/database.ts';
import { formatSize } from '../../../kit/bytes.ts';
import { namespaceOf } from '../../hub/role.ts';
import { registryErrors } from '../errors.ts';

export interface NamespaceUsage {
  readonly bytes: number;
  /** Manifests are blobs too. */
  readonly blobs: number;
}

/** Exact, by one query over the namespace's rows. */
export async function readUsage(query: Query, namespace: string): Promise<NamespaceUsage> {
  const row = await query
    .selectFrom('blob')
    .select((of) => [
      of.fn.countAll<number>().as('blobs'),
      of.fn.sum<number | null>('size_bytes').as('bytes'),
    ])
    .where('digest', 'in', selectHeld(query, namespace))
    .executeTakeFirstOrThrow();
  return { bytes: Number(row.bytes ?? 0), blobs: Number(row.blobs) };
}

/** Undefined where there is none. */
export async function readQuota(query: Query, namespace: string): Promise<number | undefined> {
  const row = await query
    .selectFrom('namespace_quota')
    .select('quota_bytes')
    .where('namespace', '=', namespace)
    .executeTakeFirst();
  return row?.quota_bytes;
}

/**
 * Before these bytes become the repository's: `registry.quota_exceeded` where its namespace would then hold more than
 * it may. What the namespace holds already adds nothing and is never refused. One look-up where there is no quota.
 */
export async function checkQuota(
  query: Query,
  added: { readonly repository: string; readonly digest: Digest; readonly sizeBytes: number },
): Promise<void> {
  const namespace = namespaceOf(added.repository);
  const quota = await readQuota(query, namespace);
  if (quota === undefined) return;
  const { bytes } = await readUsage(query, namespace);
  if (bytes + added.sizeBytes <= quota) return;
  const held = await query
    .selectFrom('blob')
    .select('digest')
    .where('digest', '=', added.digest)
    .where('digest', 'in', selectHeld(query, namespace))
    .executeTakeFirst();
  if (held !== undefined) return;
  throw registryErrors.quota_exceeded(
    `${namespace} holds ${bytes} of its ${quota} bytes (${formatSize(bytes)} of ${formatSize(quota)}), so that ${added.sizeBytes} more do not fit; delete images that are not needed, or ask an administrator for more`,
  );
}

/** Before an upload begins: `registry.quota_exceeded` where not one byte more fits. */
export async function checkRoom(query: Query, repository: string): Promise<void> {
  const namespace = namespaceOf(repository);
  const quota = await readQuota(query, namespace);
  if (quota === undefined) return;
  const { bytes } = await readUsage(query, namespace);
  if (bytes < quota) return;
  throw registryErrors.quota_exceeded(
    `${namespace} holds ${bytes} of its ${quota} bytes (${formatSize(bytes)} of ${formatSize(quota)}), so that nothing more fits; delete images that are not needed, or ask an administrator for more`,
  );
}

function selectHeld(query: Query, namespace: string) {
  const ids = query
    .selectFrom('repository')
    .select('id')
    .where(({ and, eb, or }) =>
      or([
        eb('name', '=', namespace),
        // `0` is the character after `/`: all names that begin with the namespace and a slash.
        and([eb('name', '>', `${namespace}/`), eb('name', '<', `${namespace}0`)]),
      ]),
    );
  const blobs = query
    .selectFrom('repository_blob')
    .select('digest')
    .where('repository_id', 'in', ids)
    .where(({ exists, not, selectFrom }) =>
      not(
        exists(
          selectFrom('attachment')
            .select('attachment.digest')
            .whereRef('attachment.repository_id', '=', 'repository_blob.repository_id')
            .whereRef('attachment.bundle_digest', '=', 'repository_blob.digest'),
        ),
      ),
    );
  const manifests = query
    .selectFrom('manifest')
    .select('digest')
    .where('repository_id', 'in', ids)
    .where(({ exists, not, selectFrom }) =>
      not(
        exists(
          selectFrom('attachment')
            .select('attachment.digest')
            .whereRef('attachment.repository_id', '=', 'manifest.repository_id')
            .whereRef('attachment.digest', '=', 'manifest.digest'),
        ),
      ),
    );
  return blobs
    .union(manifests)
    .union(query.selectFrom('trash').select('digest').where('repository_id', 'in', ids));
}
