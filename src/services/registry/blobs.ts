// Blobs as repositories show them: visible only through a repository that holds them.
// Deleting ends the repository's hold; the bytes may serve others and are left to garbage collection.
import type { Digest } from '../../formats/oci/digest.ts';
import { blobErrors } from '../../io/blobs/errors.ts';
import type { BlobStat, ByteRange, ChunkSink } from '../../io/blobs/store.ts';
import type { Query } from '../../io/db/database.ts';
import { isPlimsollError, type PlimsollError } from '../../kit/error.ts';
import type { Grant } from '../hub/access.ts';
import { registryErrors } from './errors.ts';
import { findHeldBlob, type HeldBlob, keepLink } from './rows/blob.ts';
import { addMissing } from './rows/missing.ts';
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
  const { database, blobs } = stores;

  async function checkHeld(grant: Grant<'pull'>, digest: Digest): Promise<HeldBlob> {
    const held = await findHeldBlob(database.query, grant.repository, digest);
    if (held === undefined) throw unknown(grant.repository, digest);
    return held;
  }

  /** A row is written only where the collector has marked the link: what images use costs nothing here. */
  async function keep({ repository }: Grant<'pull'>, digest: Digest): Promise<void> {
    const isKept = await database.transaction((query) => keepLink(query, repository, digest));
    if (!isKept) throw unknown(repository, digest);
  }

  return {
    async stat(grant, digest) {
      const held = await checkHeld(grant, digest);
      // Whoever may push asks before a push whether the blob is there, and does not send it then: it must stay.
      if (held.isUnused && grant.account !== undefined) await keep(grant, digest);
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

    async delete(grant, digest) {
      const repositoryId = await readRepositoryId(database.query, grant.repository);
      await database.transaction(async (query) => {
        const [deleted] = await query
          .deleteFrom('repository_blob')
          .where('repository_id', '=', repositoryId)
          .where('digest', '=', digest)
          .execute();
        if (deleted?.numDeletedRows !== 1n) throw unknown(grant.repository, digest);
        for (const manifest of await listUsers(query, repositoryId, digest))
          await addMissing(query, repositoryId, manifest, [digest]);
      });
    },
  };
}

/** Manifests of the repository that name the blob: they are sparse without it. */
async function listUsers(query: Query, repositoryId: number, blob: Digest): Promise<readonly Digest[]> {
  const rows = await query
    .selectFrom('manifest_child')
    .select('digest')
    .distinct()
    .where('repository_id', '=', repositoryId)
    .where('child_digest', '=', blob)
    .where('role', '!=', 'manifest')
    .execute();
  return rows.map((row) => row.digest as Digest);
}

function unknown(repository: string, digest: Digest, cause?: unknown): PlimsollError {
  return registryErrors.blob_unknown(`${repository} holds no blob ${digest}`, { cause });
}
