// Blobs as repositories show them: visible only through a repository that holds them.
// Deleting ends the repository's hold; the bytes may serve others and are left to garbage collection.
import type { Digest } from '../../formats/oci/digest.ts';
import { blobErrors } from '../../io/blobs/errors.ts';
import type { BlobStat, ByteRange, ChunkSink } from '../../io/blobs/store.ts';
import { isPlimsollError, type PlimsollError } from '../../kit/error.ts';
import type { Grant } from '../hub/access.ts';
import { recordAudit } from '../hub/audit.ts';
import { registryErrors } from './errors.ts';
import { findHeldBlob } from './rows/blob.ts';
import { readRepositoryId } from './rows/repository.ts';
import type { RegistryStores } from './stores.ts';

export interface Blobs {
  /** `registry.blob_unknown` where the repository does not hold it, or where its bytes are lost: a push repairs it. */
  stat(grant: Grant<'pull'>, digest: Digest): Promise<BlobStat>;
  /** The bytes; the caller ends the stream. `registry.blob_unknown`. */
  send(grant: Grant<'pull'>, digest: Digest, range: ByteRange | undefined, sink: ChunkSink): Promise<void>;
  /** Ends the repository's hold. `registry.blob_unknown`, `registry.name_unknown`. */
  delete(grant: Grant<'delete'>, digest: Digest): Promise<void>;
}

export function createBlobs(stores: RegistryStores): Blobs {
  const { database, blobs, clock } = stores;

  async function checkHeld(grant: Grant<'pull'>, digest: Digest): Promise<void> {
    if ((await findHeldBlob(database.query, grant.repository, digest)) === undefined)
      throw unknown(grant.repository, digest);
  }

  return {
    async stat(grant, digest) {
      await checkHeld(grant, digest);
      const found = await blobs.stat(digest);
      if (found === undefined) throw unknown(grant.repository, digest);
      return found;
    },

    async send(grant, digest, range, sink) {
      await checkHeld(grant, digest);
      try {
        await blobs.send(digest, range, sink);
      } catch (cause) {
        if (isPlimsollError(cause, { code: blobErrors.missing.code }))
          throw unknown(grant.repository, digest, cause);
        throw cause;
      }
    },

    delete: (grant, digest) =>
      database.transaction(async (query) => {
        const { repository } = grant;
        const repositoryId = await readRepositoryId(query, repository);
        const [deleted] = await query
          .deleteFrom('repository_blob')
          .where('repository_id', '=', repositoryId)
          .where('digest', '=', digest)
          .execute();
        if (deleted?.numDeletedRows !== 1n) throw unknown(repository, digest);
        await recordAudit(query, grant, [{ action: 'blob.delete', target: repository, digest }], clock.now());
      }),
  };
}

function unknown(repository: string, digest: Digest, cause?: unknown): PlimsollError {
  return registryErrors.blob_unknown(`${repository} holds no blob ${digest}`, { cause });
}
