// What an engine sends, put down in a private temporary file: archives are read at random, and a stream cannot be.
// Invariant: the folder is the user's own (0700), and gone after `remove` or any failure.
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { formatSize } from '../../../kit/bytes.ts';
import { isPlimsollError } from '../../../kit/error.ts';
import type { Limits } from '../../../kit/limits.ts';
import { imageErrors } from '../errors.ts';
import { reason, writing } from '../layout/durable-file.ts';
import { failureWords } from './api.ts';

export interface SavedFile {
  readonly path: string;
  remove(): Promise<void>;
}

export interface SavedFileDeps {
  /** How messages call the engine. */
  readonly shown: string;
  readonly limits: Limits;
  readonly signal?: AbortSignal;
  /** The system's folder for temporary files where absent. */
  readonly temporaryFolder?: string;
}

/**
 * The stream's bytes as a file. `images.engine_too_large` over the limit, `images.engine_failed` where the stream
 * breaks off, `images.place_unwritable` where the disk is full; the signal's reason where it aborts.
 */
export async function writeSavedFile(bytes: Readable, deps: SavedFileDeps): Promise<SavedFile> {
  const parent = deps.temporaryFolder ?? tmpdir();
  const folder = await writing(parent, mkdtemp(join(parent, 'plimsoll-engine-'))).catch((error: unknown) => {
    bytes.destroy();
    throw error;
  });
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  const path = join(folder, 'image.tar');
  const progress = { sizeBytes: 0 };
  try {
    await pipeline(
      counted(bytes, progress, deps),
      createWriteStream(path, { flags: 'wx', mode: 0o600 }),
      deps.signal === undefined ? {} : { signal: deps.signal },
    );
    return { path, remove };
  } catch (error) {
    bytes.destroy();
    await remove();
    deps.signal?.throwIfAborted();
    if (isPlimsollError(error)) throw error;
    const received = formatSize(progress.sizeBytes);
    throw imageErrors.place_unwritable(
      reason(error) === 'ENOSPC'
        ? `${parent} has no room for the image (${received} came until then): set TMPDIR to a folder that has`
        : `${path} cannot be written: ${reason(error)}`,
      { cause: error },
    );
  }
}

/** The engine's failures are coded here, so that what is left is the file's. */
async function* counted(
  bytes: Readable,
  progress: { sizeBytes: number },
  { shown, limits, signal }: SavedFileDeps,
): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of bytes as AsyncIterable<Uint8Array>) {
      progress.sizeBytes += chunk.byteLength;
      if (progress.sizeBytes > limits.engineImageBytes)
        throw imageErrors.engine_too_large(
          `${shown} sends more than ${formatSize(limits.engineImageBytes)} for one image`,
        );
      yield chunk;
    }
  } catch (error) {
    if (signal?.aborted || isPlimsollError(error)) throw error;
    throw imageErrors.engine_failed(
      `${shown} breaks off after ${formatSize(progress.sizeBytes)} of the image: ${failureWords(error)}`,
      { cause: error },
    );
  }
}
