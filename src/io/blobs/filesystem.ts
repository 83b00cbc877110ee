// Blobs as files: blobs/sha256/ab/<hex>, growing uploads in uploads/<uuid>, small blobs on their way in
// temporary/, what was found damaged in quarantine/. Everything lies in one file system, so that a rename is atomic.
// Invariant, safe against kill -9 and power loss: a blob's file appears under its name only complete and
// synced, and whoever was told "stored" was told so after the folder was synced too.
// One process owns a folder. Uploads that nobody ends are cancelled by the service, which knows their age.
import { type FileHandle, open, opendir, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { type Digest, digestAlgorithm, digestHex, isDigest } from '../../formats/oci/digest.ts';
import { formatSize } from '../../kit/bytes.ts';
import { appendStream } from './append.ts';
import { blobPath, shardPath } from './blob-path.ts';
import { blobErrors } from './errors.ts';
import { createFileSender } from './send.ts';
import type { BlobStore, ByteRange } from './store.ts';
import { createSyncedFolders, syncFolder } from './synced-folder.ts';

/** Bytes per read: each makes a buffer that waits for the collector; 256 KiB were no faster and stood 20 MB higher. */
const READ_BYTES = 64 * 1024;
/** A temporary file older than this belongs to a process that is gone: putting a small blob takes milliseconds. */
const STALE_MS = 60 * 60 * 1000;
const UPLOAD_ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export interface FilesystemBlobStoreOptions {
  /** Created where absent. */
  readonly folder: string;
  /** The only durability there is: files and folders are synced before an answer. Named so that it is a choice. */
  readonly durability: 'sync';
}

/** Opens the store, or throws `blobs.folder_unusable`. */
export async function createFilesystemBlobStore({ folder }: FilesystemBlobStoreOptions): Promise<BlobStore> {
  const uploads = join(folder, 'uploads');
  const temporary = join(folder, 'temporary');
  const blobs = join(folder, 'blobs');
  const quarantine = join(folder, 'quarantine');
  const folders = createSyncedFolders();
  let serial = 0;

  const shardOf = (digest: Digest): string => shardPath(folder, digest);
  const fileOf = (digest: Digest): string => blobPath(folder, digest);
  // An identifier becomes a path, so nothing but a UUID is looked up.
  const uploadFile = (id: string): string => {
    if (!UPLOAD_ID.test(id)) throw uploadMissing(id);
    return join(uploads, id);
  };

  async function publish(file: string, digest: Digest): Promise<void> {
    const shard = shardOf(digest);
    await folders.make(shard);
    await rename(file, fileOf(digest));
    await syncFolder(shard);
  }

  await usable(folder, async () => {
    await Promise.all([folders.make(uploads), folders.make(temporary), folders.make(blobs)]);
    await removeStale(temporary);
  });

  const sendFile = createFileSender();

  return Object.freeze<BlobStore>({
    async stat(digest) {
      const sizeBytes = await fileSize(fileOf(digest));
      return sizeBytes === undefined ? undefined : { sizeBytes };
    },
    read: (digest, range) =>
      usable(folder, () => openStream(fileOf(digest), () => blobMissing(digest), range)),
    async send(digest, range, sink) {
      await using handle = await usable(folder, () =>
        openFile(fileOf(digest), 'r', () => blobMissing(digest)),
      );
      const { size } = await handle.stat();
      if (size > 0) await sendFile(handle, range ?? { start: 0, end: size - 1 }, sink);
    },
    readAll: (digest, limitBytes) =>
      usable(folder, async () => {
        await using handle = await openFile(fileOf(digest), 'r', () => blobMissing(digest));
        const { size } = await handle.stat();
        if (size > limitBytes)
          throw blobErrors.too_large(`blob ${digest} is ${formatSize(size)}, over ${formatSize(limitBytes)}`);
        return await handle.readFile();
      }),
    put: (digest, bytes) =>
      usable(folder, async () => {
        serial += 1;
        const file = join(temporary, `${process.pid}-${serial}-${digestHex(digest)}`);
        try {
          await writeSynced(file, bytes);
          await publish(file, digest);
        } catch (cause) {
          await rm(file, { force: true });
          throw cause;
        }
      }),
    delete: (digest) =>
      usable(folder, async () => {
        const was = await removeFile(fileOf(digest));
        if (was) await syncFolder(shardOf(digest));
        return was;
      }),
    quarantine: (digest) =>
      usable(folder, async () => {
        await folders.make(quarantine);
        serial += 1;
        const name = `${digestAlgorithm(digest)}-${digestHex(digest)}-${Date.now()}-${serial}`;
        try {
          await rename(fileOf(digest), join(quarantine, name));
        } catch (cause) {
          if (isAbsent(cause)) return false;
          throw cause;
        }
        await Promise.all([syncFolder(quarantine), syncFolder(shardOf(digest))]);
        return true;
      }),
    list: () => listBlobs(blobs),

    startUpload: (id) =>
      usable(folder, async () => {
        // 'a' keeps what is there: starting twice is harmless.
        await (await open(uploadFile(id), 'a')).close();
      }),
    uploadSize: async (id) => (UPLOAD_ID.test(id) ? await fileSize(uploadFile(id)) : undefined),
    appendUpload: (id, offsetBytes, source, onChunk) =>
      usable(folder, async () => {
        await using handle = await openFile(uploadFile(id), 'r+', () => uploadMissing(id));
        const { size } = await handle.stat();
        if (offsetBytes !== size)
          throw blobErrors.upload_offset(`upload ${id} holds ${size} bytes; a chunk came for ${offsetBytes}`);
        return await appendStream(handle, offsetBytes, source, onChunk);
      }),
    readUpload: async (id) => openStream(uploadFile(id), () => uploadMissing(id)),
    commitUpload: (id, digest) =>
      usable(folder, async () => {
        const file = uploadFile(id);
        try {
          await syncFile(file);
          // Renamed over a blob that is there already: the bytes that were just checked replace what may be damaged.
          await publish(file, digest);
        } catch (cause) {
          if (!isAbsent(cause)) throw cause;
          if ((await fileSize(fileOf(digest))) === undefined) throw uploadMissing(id);
          await syncFolder(shardOf(digest));
        }
      }),
    cancelUpload: async (id) =>
      UPLOAD_ID.test(id) && (await usable(folder, () => removeFile(uploadFile(id)))),
  });
}

function blobMissing(digest: Digest): Error {
  return blobErrors.missing(`no blob ${digest} in the store`);
}

function uploadMissing(id: string): Error {
  return blobErrors.upload_missing(`no upload ${id.slice(0, 40)} in the store`);
}

async function openFile(file: string, flags: string, absent: () => Error): Promise<FileHandle> {
  try {
    return await open(file, flags);
  } catch (cause) {
    throw isAbsent(cause) ? absent() : cause;
  }
}

async function openStream(file: string, absent: () => Error, range?: ByteRange): Promise<Readable> {
  const handle = await openFile(file, 'r', absent);
  return handle.createReadStream({ highWaterMark: READ_BYTES, ...range });
}

async function writeSynced(file: string, bytes: Uint8Array): Promise<void> {
  await using handle = await open(file, 'wx');
  await handle.writeFile(bytes);
  await handle.sync();
}

async function syncFile(file: string): Promise<void> {
  await using handle = await open(file, 'r+');
  await handle.sync();
}

async function fileSize(file: string): Promise<number | undefined> {
  try {
    return (await stat(file)).size;
  } catch (cause) {
    if (isAbsent(cause)) return undefined;
    throw cause;
  }
}

async function removeFile(file: string): Promise<boolean> {
  try {
    await rm(file);
    return true;
  } catch (cause) {
    if (isAbsent(cause)) return false;
    throw cause;
  }
}

async function removeStale(folder: string): Promise<void> {
  const before = Date.now() - STALE_MS;
  for (const name of await readdir(folder)) {
    const file = join(folder, name);
    if ((await stat(file)).mtimeMs < before) await rm(file, { force: true });
  }
}

async function foldersIn(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
}

async function* listBlobs(blobs: string): ReturnType<BlobStore['list']> {
  for (const algorithm of await foldersIn(blobs))
    for (const shard of await foldersIn(join(blobs, algorithm)))
      for await (const entry of await opendir(join(blobs, algorithm, shard))) {
        const digest = `${algorithm}:${entry.name}`;
        if (!isDigest(digest)) continue;
        // A blob may be deleted while the list is walked.
        const found = await stat(join(blobs, algorithm, shard, entry.name)).catch(() => undefined);
        if (found !== undefined) yield { digest, sizeBytes: found.size, modifiedAt: found.mtimeMs };
      }
}

const UNUSABLE = new Set([
  'ENOSPC',
  'EDQUOT',
  'EROFS',
  'EACCES',
  'EPERM',
  'EIO',
  'ENOTDIR',
  'EMFILE',
  'ENFILE',
]);

/** Turns what the disk says into `blobs.folder_unusable`; anything else (a source's error too) passes. */
async function usable<T>(folder: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    const { code, syscall } = cause as NodeJS.ErrnoException;
    if (syscall === undefined || code === undefined || !UNUSABLE.has(code)) throw cause;
    throw blobErrors.folder_unusable(`the blob folder ${folder} cannot be used: ${code} at ${syscall}`, {
      cause,
    });
  }
}

function isAbsent(cause: unknown): boolean {
  return (cause as NodeJS.ErrnoException).code === 'ENOENT';
}
