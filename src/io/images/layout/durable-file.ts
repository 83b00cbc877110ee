// Files written so that they are whole or absent: a temporary file beside the target, synced, renamed, and the
// folder synced. Nothing half-written stays after an error.
import { mkdtemp, open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { ByteStream } from '../../../kit/bytes.ts';
import { imageErrors } from '../errors.ts';

/** Writes `bytes` to `path`, replacing what is there; `images.place_unwritable`, and errors of the stream. */
export async function writeDurably(path: string, bytes: ByteStream | Iterable<Uint8Array>): Promise<void> {
  const folder = dirname(path);
  const temporary = await writing(path, mkdtemp(join(folder, '.plimsoll-')));
  try {
    const file = join(temporary, basename(path));
    const handle = await writing(path, open(file, 'wx'));
    try {
      for await (const chunk of bytes) await writing(path, handle.writeFile(chunk));
      await writing(path, handle.sync());
    } finally {
      await handle.close();
    }
    await writing(path, rename(file, path));
    await syncFolder(folder);
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

/** Makes a rename in the folder last. Windows cannot open folders, and needs no such call. */
export async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await writing(folder, open(folder, 'r'));
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** The result of a file operation, its failure as `images.place_unwritable`. */
export async function writing<T>(path: string, operation: Promise<T>): Promise<T> {
  return operation.catch((error: unknown) => {
    throw imageErrors.place_unwritable(`${path} cannot be written: ${reason(error)}`, { cause: error });
  });
}

/** `ENOSPC` and its like: short, and never the path twice. */
export function reason(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}
