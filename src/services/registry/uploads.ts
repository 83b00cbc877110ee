// Pushing blobs (distribution-spec "Pushing blobs", end-4 to end-6, 11, 13, 14). The digest is computed
// while the bytes pass. Order at the end: bytes durable under their digest, then the rows in one
// transaction, then the answer; a crash in between leaves bytes that no row names, never the reverse.
// One request at a time writes to an upload.
import {
  createRunningDigest,
  type Digest,
  type DigestAlgorithm,
  digestAlgorithm,
} from '../../formats/oci/digest.ts';
import type { Query } from '../../io/db/database.ts';
import { type ByteStream, formatSize } from '../../kit/bytes.ts';
import { isPlimsollError, type PlimsollError } from '../../kit/error.ts';
import { limits } from '../../kit/limits.ts';
import type { Grant } from '../hub/access.ts';
import { registryErrors } from './errors.ts';
import type { Reserve } from './reserve.ts';
import { addBlob, findHeldBlob, linkBlob } from './rows/blob.ts';
import { checkQuota, checkRoom } from './rows/quota.ts';
import { ensureRepository } from './rows/repository.ts';
import type { RegistryStores } from './stores.ts';
import { createUploadHashes } from './upload-hash.ts';

export interface UploadStatus {
  readonly id: string;
  readonly sizeBytes: number;
}

export interface UploadChunk {
  readonly source: ByteStream;
  /** Where the chunk says it belongs, inclusive; without it, it goes to the end. */
  readonly range?: { readonly start: number; readonly end: number };
  /** As announced; another number of bytes is `registry.size_invalid`. */
  readonly lengthBytes?: number;
}

export interface Uploads {
  /**
   * Makes the repository where this is its first push. `algorithm` is what the digest will most likely be.
   * `registry.storage_full`, as with `append` and `finish`, which then end the upload.
   */
  start(grant: Grant<'push'>, options?: { readonly algorithm?: DigestAlgorithm }): Promise<UploadStatus>;
  /** `registry.upload_unknown`, as with all that follows. */
  status(grant: Grant<'push'>, id: string): Promise<UploadStatus>;
  /**
   * Adds a chunk at the end. `registry.range_invalid` (its message and `status` tell the true end),
   * `registry.size_invalid`, `registry.blob_too_large` (which ends the upload), `registry.upload_busy`.
   * Where the source breaks off, what had arrived stays.
   */
  append(grant: Grant<'push'>, id: string, chunk: UploadChunk): Promise<UploadStatus>;
  /**
   * Ends the upload as a blob of the repository, after a last chunk where there is one. Where the bytes
   * have another digest: `registry.digest_invalid`, and nothing is left of them.
   */
  finish(
    grant: Grant<'push'>,
    id: string,
    digest: Digest,
    chunk?: UploadChunk,
  ): Promise<{ readonly digest: Digest; readonly sizeBytes: number }>;
  cancel(grant: Grant<'push'>, id: string): Promise<void>;
  /** Lets the repository hold a blob that `from`, or without it any public repository, holds; false where none does. */
  mount(grant: Grant<'push'>, digest: Digest, from?: Grant<'pull'>): Promise<boolean>;
  /** Drops uploads that got no byte for `limits.uploadIdleMs`; returns how many. */
  expire(): Promise<number>;
}

interface Upload {
  readonly id: string;
  readonly repositoryId: number;
  readonly algorithm: DigestAlgorithm;
  readonly updatedAt: number;
}

/** Of the time after which an upload is dropped, the part after which a chunk puts that off. */
const TOUCHES = 24;

export interface UploadOptions {
  readonly blobLimitBytes?: number;
  /** Room that pushes leave free; where absent none is kept. */
  readonly reserve?: Pick<Reserve, 'check' | 'take'>;
}

export function createUploads(
  stores: RegistryStores,
  { blobLimitBytes = limits.blobBytes, reserve }: UploadOptions = {},
): Uploads {
  const { database, blobs, clock, random, gate } = stores;
  const hashes = createUploadHashes();
  const busy = new Set<string>();

  async function exclusive<T>(id: string, work: () => Promise<T>): Promise<T> {
    if (busy.has(id)) throw registryErrors.upload_busy(`another request is writing to upload ${id}`);
    busy.add(id);
    try {
      return await work();
    } finally {
      busy.delete(id);
    }
  }

  async function find(grant: Grant<'push'>, id: string): Promise<Upload> {
    const row = await database.query
      .selectFrom('upload')
      .innerJoin('repository', 'repository.id', 'upload.repository_id')
      .select(['upload.repository_id', 'upload.algorithm', 'upload.updated_at'])
      .where('upload.id', '=', id)
      .where('repository.name', '=', grant.repository)
      .executeTakeFirst();
    if (row === undefined) throw unknown(id);
    return {
      id,
      repositoryId: row.repository_id,
      algorithm: row.algorithm as DigestAlgorithm,
      updatedAt: row.updated_at,
    };
  }

  async function sizeOf(id: string): Promise<number> {
    const sizeBytes = await blobs.uploadSize(id);
    if (sizeBytes === undefined) throw unknown(id);
    return sizeBytes;
  }

  async function drop(id: string): Promise<void> {
    hashes.forget(id);
    // Bytes first: a row without bytes is an unknown upload, bytes without a row would stay for ever.
    await blobs.cancelUpload(id);
    await deleteRow(database.query, id);
  }

  /** Stores a chunk and returns the upload's new size. */
  async function receive(upload: Upload, chunk: UploadChunk, algorithm: DigestAlgorithm): Promise<number> {
    const { id } = upload;
    const offset = await sizeOf(id);
    const expected = announcedBytes(chunk);
    if (chunk.range !== undefined && chunk.range.start !== offset)
      throw registryErrors.range_invalid(
        `upload ${id} holds ${offset} bytes; the chunk begins at ${chunk.range.start}`,
      );
    if (offset + (expected ?? 0) > blobLimitBytes) {
      await drop(id);
      throw tooLarge(blobLimitBytes);
    }
    const running = hashes.at(id, offset, algorithm);
    const source = bounded(chunk.source, offset, expected, { blobLimitBytes, reserve });
    try {
      await reserve?.check(expected ?? 0);
      const size = await blobs.appendUpload(id, offset, source, (bytes) => running?.update(bytes));
      if (expected !== undefined && size - offset !== expected)
        throw registryErrors.size_invalid(`${size - offset} bytes came of ${expected} announced`);
      return size;
    } catch (cause) {
      // Only a digest of exactly what is stored may be trusted at the end.
      if (running?.sizeBytes !== (await blobs.uploadSize(id))) hashes.forget(id);
      // What it holds is room that the others need.
      if (isPlimsollError(cause) && ENDING.has(cause.code)) await drop(id);
      else await touch(id);
      throw cause;
    }
  }

  /** Puts off the upload's expiry; not needed where the upload ends at once. */
  async function touch(id: string): Promise<void> {
    await database.transaction((query) =>
      query.updateTable('upload').set({ updated_at: clock.now() }).where('id', '=', id).execute(),
    );
  }

  async function digestOfUpload(id: string, sizeBytes: number, algorithm: DigestAlgorithm): Promise<Digest> {
    const running = hashes.at(id, sizeBytes, algorithm);
    if (running !== undefined) return running.digest();
    const again = createRunningDigest(algorithm);
    for await (const bytes of await blobs.readUpload(id)) again.update(bytes as Uint8Array);
    return again.digest();
  }

  return {
    async start(grant, options) {
      await checkRoom(database.query, grant.repository);
      await reserve?.check(0);
      const id = random.uuid();
      const now = clock.now();
      await database.transaction(async (query) => {
        const repositoryId = await ensureRepository(query, grant.repository, now);
        await query
          .insertInto('upload')
          .values({
            id,
            repository_id: repositoryId,
            algorithm: options?.algorithm ?? 'sha256',
            started_at: now,
            updated_at: now,
          })
          .execute();
      });
      await blobs.startUpload(id);
      return { id, sizeBytes: 0 };
    },

    async status(grant, id) {
      await find(grant, id);
      return { id, sizeBytes: await sizeOf(id) };
    },

    append: (grant, id, chunk) =>
      exclusive(id, async () => {
        const upload = await find(grant, id);
        const sizeBytes = await receive(upload, chunk, upload.algorithm);
        // Each write costs a sync: one every so often is enough to say that it lives.
        if (clock.now() - upload.updatedAt > limits.uploadIdleMs / TOUCHES) await touch(id);
        return { id, sizeBytes };
      }),

    finish: (grant, id, digest, chunk) =>
      exclusive(id, async () => {
        const upload = await find(grant, id);
        const algorithm = digestAlgorithm(digest);
        const sizeBytes = chunk === undefined ? await sizeOf(id) : await receive(upload, chunk, algorithm);
        const found = await digestOfUpload(id, sizeBytes, algorithm);
        if (found !== digest) {
          await drop(id);
          throw registryErrors.digest_invalid(`the ${sizeBytes} bytes sent are ${found}, not ${digest}`);
        }
        const added = { repository: grant.repository, digest, sizeBytes };
        try {
          await checkQuota(database.query, added);
        } catch (error) {
          await drop(id);
          throw error;
        }
        // From the file to its row nobody may collect it.
        using _held = await gate.hold(digest);
        await blobs.commitUpload(id, digest);
        hashes.forget(id);
        const now = clock.now();
        const { repositoryId } = upload;
        const { repository } = grant;
        await database.transaction(async (query) => {
          // And again here: others push at the same time.
          await checkQuota(query, added);
          await addBlob(query, digest, sizeBytes, now, grant);
          await linkBlob(query, { repositoryId, repository, digest, now });
          await deleteRow(query, id);
        });
        return { digest, sizeBytes };
      }),

    cancel: (grant, id) =>
      exclusive(id, async () => {
        await find(grant, id);
        await drop(id);
      }),

    async mount(grant, digest, from) {
      const findHeld = (query: Query) =>
        from === undefined ? findPublicly(query, digest) : findHeldBlob(query, from.repository, digest);
      // Lost bytes are not handed on: the client sends them again, which repairs them.
      if ((await findHeld(database.query)) === undefined || (await blobs.stat(digest)) === undefined)
        return false;
      const now = clock.now();
      const { repository } = grant;
      return database.transaction(async (query) => {
        // And again here: it may have been deleted and collected meanwhile. What a link reaches is not collected.
        const held = await findHeld(query);
        if (held === undefined) return false;
        await checkQuota(query, { repository, digest, sizeBytes: held.sizeBytes });
        const repositoryId = await ensureRepository(query, repository, now);
        await linkBlob(query, { repositoryId, repository, digest, now });
        return true;
      });
    },

    async expire() {
      const idle = await database.query
        .selectFrom('upload')
        .select('id')
        .where('updated_at', '<', clock.now() - limits.uploadIdleMs)
        .execute();
      const ended = idle.filter(({ id }) => !busy.has(id));
      for (const { id } of ended) await exclusive(id, () => drop(id));
      return ended.length;
    },
  };
}

/** Failures after which nobody can go on with an upload. */
const ENDING: ReadonlySet<string> = new Set([
  registryErrors.blob_too_large.code,
  registryErrors.storage_full.code,
]);

/** The chunk's length as its range and its header say; `registry.size_invalid` where they disagree. */
function announcedBytes({ range, lengthBytes }: UploadChunk): number | undefined {
  if (range === undefined) return lengthBytes;
  const rangeBytes = range.end - range.start + 1;
  if (lengthBytes !== undefined && lengthBytes !== rangeBytes)
    throw registryErrors.size_invalid(
      `the range ${range.start}-${range.end} has ${rangeBytes} bytes, the body ${lengthBytes}`,
    );
  return rangeBytes;
}

/** The same bytes, but no more than were announced and never more than a blob may have. */
async function* bounded(
  source: ByteStream,
  offset: number,
  expected: number | undefined,
  { blobLimitBytes = limits.blobBytes, reserve }: UploadOptions,
): ByteStream {
  let received = 0;
  for await (const chunk of source) {
    received += chunk.byteLength;
    if (expected !== undefined && received > expected)
      throw registryErrors.size_invalid(`more bytes came than the ${expected} announced`);
    if (offset + received > blobLimitBytes) throw tooLarge(blobLimitBytes);
    // Mostly known without asking: nothing is waited for then.
    const asking = reserve?.take(chunk.byteLength);
    if (asking !== undefined) await asking;
    yield chunk;
  }
}

async function findPublicly(
  query: Query,
  digest: Digest,
): Promise<{ readonly sizeBytes: number } | undefined> {
  return query
    .selectFrom('repository_blob')
    .innerJoin('repository', 'repository.id', 'repository_blob.repository_id')
    .innerJoin('blob', 'blob.digest', 'repository_blob.digest')
    .select('blob.size_bytes as sizeBytes')
    .where('repository_blob.digest', '=', digest)
    .where('repository.is_public', '=', 1)
    .where('blob.damaged_at', 'is', null)
    .limit(1)
    .executeTakeFirst();
}

async function deleteRow(query: Query, id: string): Promise<void> {
  await query.deleteFrom('upload').where('id', '=', id).execute();
}

function unknown(id: string): PlimsollError {
  return registryErrors.upload_unknown(`there is no upload ${id.slice(0, 40)} in this repository`);
}

function tooLarge(limitBytes: number): PlimsollError {
  return registryErrors.blob_too_large(`a blob may have at most ${formatSize(limitBytes)}`);
}
