// Appending a stream to an open file. The caller's work on the bytes (hashing) runs while the disk
// writes the batch before; at most one batch is in flight and one is being filled, so memory is flat
// however large the stream, and a slow disk slows the sender down.
import type { FileHandle } from 'node:fs/promises';
import type { ByteStream } from '../../kit/bytes.ts';

/** One write to the disk; sockets deliver 64 KiB, sixteen of them per system call are plenty. */
const BATCH_BYTES = 1024 * 1024;
/** The disk begins to keep what it has been given while more comes, so that little is left to wait for at the end. */
const SYNC_BYTES = 8 * 1024 * 1024;
/** Tiny chunks must not pile up as objects: IOV_MAX is 1024. */
const BATCH_CHUNKS = 512;

/**
 * Writes the stream at `offsetBytes` and returns the file's new size. Where the source throws, what it
 * gave before is written first, then its error passes on.
 */
export async function appendStream(
  handle: FileHandle,
  offsetBytes: number,
  source: ByteStream,
  onChunk?: (chunk: Uint8Array) => void,
): Promise<number> {
  let position = offsetBytes;
  let batch: Uint8Array[] = [];
  let batchBytes = 0;
  let writing: Promise<void> = Promise.resolve();
  let unsyncedBytes = 0;
  let syncing: Promise<void> | undefined;
  let lost: { readonly cause: unknown } | undefined;

  /** At most one at a time. */
  function syncEarly(): void {
    if (syncing !== undefined || unsyncedBytes < SYNC_BYTES) return;
    unsyncedBytes = 0;
    syncing = handle.datasync().then(
      () => {
        syncing = undefined;
      },
      (cause: unknown) => {
        // The kernel tells a failure once: no later sync would.
        lost = { cause };
      },
    );
  }

  async function startWrite(): Promise<void> {
    await writing;
    writing = writeBatch(handle, position, batch);
    // Awaited later; a failure in between must not count as unhandled.
    writing.catch(() => {});
    position += batchBytes;
    unsyncedBytes += batchBytes;
    syncEarly();
    batch = [];
    batchBytes = 0;
  }

  try {
    for await (const chunk of source) {
      if (chunk.byteLength === 0) continue;
      batch.push(chunk);
      batchBytes += chunk.byteLength;
      if (batchBytes >= BATCH_BYTES || batch.length >= BATCH_CHUNKS) await startWrite();
      onChunk?.(chunk);
    }
  } finally {
    if (batch.length > 0) await startWrite();
    await writing;
    // The handle is closed after this.
    await syncing;
  }
  if (lost !== undefined) throw lost.cause;
  return position;
}

async function writeBatch(handle: FileHandle, position: number, batch: Uint8Array[]): Promise<void> {
  let at = position;
  let rest = batch;
  while (rest.length > 0) {
    const { bytesWritten } = await handle.writev(rest, at);
    at += bytesWritten;
    rest = dropBytes(rest, bytesWritten);
  }
}

/** What is left of the chunks after the first `count` bytes: a disk may take less than it is given. */
function dropBytes(chunks: readonly Uint8Array[], count: number): Uint8Array[] {
  let left = count;
  const rest: Uint8Array[] = [];
  for (const chunk of chunks) {
    if (left >= chunk.byteLength) left -= chunk.byteLength;
    else {
      rest.push(left === 0 ? chunk : chunk.subarray(left));
      left = 0;
    }
  }
  return rest;
}
