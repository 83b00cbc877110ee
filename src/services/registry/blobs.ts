// Blobs as repositories show them: visible only through a repository that holds them.
// Deleting ends the repository's hold; the bytes may serve others and are left to garbage collection.
// What was last proven too long ago is proven while it is sent whole; that costs a digest's time, so not each time.
// Small ones stay in memory once they were read: by digest, proven as they enter, and shown by the same rows as ever.
import { type Digest, digestAlgorithm, digestOf } from '../../formats/oci/digest.ts';
import { blobErrors } from '../../io/blobs/errors.ts';
import type { ByteRange, ChunkSink } from '../../io/blobs/store.ts';
import type { Query } from '../../io/db/database.ts';
import { createRowCache } from '../../io/db/row-cache.ts';
import { isPlimsollError, type PlimsollError } from '../../kit/error.ts';
import { limits } from '../../kit/limits.ts';
import type { Grant } from '../hub/access.ts';
import { recordAudit } from '../hub/audit.ts';
import { createByteCache } from './byte-cache.ts';
import type { DamageReporter } from './damage.ts';
import { registryErrors } from './errors.ts';
import { createProving } from './proving.ts';
import { findHeldBlob, type HeldBlob, keepLink, markProven } from './rows/blob.ts';
import { addMissing } from './rows/missing.ts';
import { readRepositoryId } from './rows/repository.ts';
import type { RegistryStores } from './stores.ts';

export interface Blobs {
  /**
   * `isProven` where its digest was checked within the age that is set. `registry.blob_unknown` where the repository
   * does not hold it, or where its bytes are lost: a push repairs it.
   */
  stat(
    grant: Grant<'pull'>,
    digest: Digest,
  ): Promise<{ readonly sizeBytes: number; readonly isProven: boolean }>;
  /** A blob that memory knows, where memory also knows that the repository holds it; undefined says nothing about it. */
  peek(grant: Grant<'pull'>, digest: Digest): Uint8Array | undefined;
  /** The bytes; the caller ends the stream. `registry.blob_unknown`. */
  send(grant: Grant<'pull'>, digest: Digest, range: ByteRange | undefined, sink: ChunkSink): Promise<void>;
  /** Ends the repository's hold. `registry.blob_unknown`, `registry.name_unknown`. */
  delete(grant: Grant<'delete'>, digest: Digest): Promise<void>;
}

export interface BlobOptions {
  /** A blob that was last proven this long ago is proven again while it is sent whole; a day where absent. */
  readonly proveAfterMs?: number;
  /** Told of bytes that are lost or changed; where absent they are not served, and nobody is told. */
  readonly onDamage?: DamageReporter;
}

const DAY_MS = 24 * 60 * 60 * 1000;

export function createBlobs(
  stores: RegistryStores,
  { proveAfterMs = DAY_MS, onDamage }: BlobOptions = {},
): Blobs {
  const { database, blobs, clock } = stores;

  const rows = createRowCache<HeldBlob | undefined>(
    database,
    ['repository', 'repository_blob', 'blob'],
    limits.rememberedRows,
  );

  const cache = createByteCache(limits.blobCacheBytes);

  const keyOf = ({ repository }: Grant<'pull'>, digest: Digest): string => `${repository}@${digest}`;

  async function checkHeld(grant: Grant<'pull'>, digest: Digest): Promise<HeldBlob> {
    const held = await rows.read(keyOf(grant, digest), () =>
      findHeldBlob(database.query, grant.repository, digest),
    );
    if (held === undefined) throw unknown(grant.repository, digest);
    return held;
  }

  const isProven = ({ provenAt }: HeldBlob): boolean =>
    provenAt !== null && clock.now() - provenAt < proveAfterMs;

  /** A row is written only where the collector has marked the link: what images use costs nothing here. */
  async function keep({ repository }: Grant<'pull'>, digest: Digest): Promise<void> {
    const isKept = await database.transaction((query) => keepLink(query, repository, digest));
    if (!isKept) throw unknown(repository, digest);
  }

  async function sendProven(digest: Digest, held: HeldBlob, sink: ChunkSink): Promise<void> {
    const proving = createProving({ digest, sizeBytes: held.sizeBytes }, sink, () => damaged(digest));
    await blobs.send(digest, undefined, proving.sink);
    // Fewer bytes than the row says: what was sent is cut off, which its receiver sees.
    if (!proving.isProven()) throw damaged(digest);
    await database.transaction((query) => markProven(query, digest, held.provenAt, clock.now()));
  }

  /** All of a small blob, which is in memory from now on. */
  async function readSmall(digest: Digest, { sizeBytes }: HeldBlob): Promise<Uint8Array> {
    const bytes = await blobs.readAll(digest, sizeBytes).catch((cause: unknown) => {
      if (isPlimsollError(cause, { code: blobErrors.too_large.code })) throw damaged(digest);
      throw cause;
    });
    if (digestOf(bytes, digestAlgorithm(digest)) !== digest) throw damaged(digest);
    cache.set(digest, bytes);
    return bytes;
  }

  async function sendSmall(digest: Digest, held: HeldBlob, range: ByteRange | undefined, sink: ChunkSink) {
    const known = cache.get(digest);
    const bytes = known ?? (await readSmall(digest, held));
    if (bytes.byteLength > 0)
      await sink(range === undefined ? bytes : bytes.subarray(range.start, range.end + 1));
    if (known === undefined && !isProven(held))
      await database.transaction((query) => markProven(query, digest, held.provenAt, clock.now()));
  }

  return {
    peek(grant, digest) {
      const held = rows.peek(keyOf(grant, digest));
      // What the collector has marked is kept for whoever may push, and that is written first.
      return held === undefined || held.isUnused ? undefined : cache.get(digest);
    },

    async stat(grant, digest) {
      const held = await checkHeld(grant, digest);
      // Whoever may push asks before a push whether the blob is there, and does not send it then: it must stay.
      if (held.isUnused && grant.account !== undefined) await keep(grant, digest);
      const known = cache.get(digest);
      const found = known === undefined ? await blobs.stat(digest) : { sizeBytes: known.byteLength };
      if (found?.sizeBytes === held.sizeBytes) return { sizeBytes: held.sizeBytes, isProven: isProven(held) };
      const why = found === undefined ? 'its file is gone' : `its file has ${found.sizeBytes} bytes`;
      await onDamage?.({ digest, provenAt: held.provenAt, why });
      throw unknown(grant.repository, digest);
    },

    async send(grant, digest, range, sink) {
      const held = await checkHeld(grant, digest);
      const { provenAt } = held;
      try {
        if (held.sizeBytes <= limits.cachedBlobBytes) await sendSmall(digest, held, range, sink);
        else if (range === undefined && !isProven(held)) await sendProven(digest, held, sink);
        else await blobs.send(digest, range, sink);
      } catch (cause) {
        const isLost = isPlimsollError(cause, { code: blobErrors.missing.code });
        if (!isLost && !isPlimsollError(cause, { code: registryErrors.damaged.code })) throw cause;
        await onDamage?.({ digest, provenAt, why: isLost ? 'its file is gone' : 'its digest has changed' });
        throw unknown(grant.repository, digest, cause);
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
        for (const manifest of await listUsers(query, repositoryId, digest))
          await addMissing(query, repositoryId, manifest, [digest]);
        await recordAudit(query, grant, [{ action: 'blob.delete', target: repository, digest }], clock.now());
      }),
  };
}

function damaged(digest: Digest): Error {
  return registryErrors.damaged(`the stored bytes of ${digest} are not that blob`);
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
