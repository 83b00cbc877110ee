// One file's bytes from disk, given to whoever wants them. Invariant: what is given is the file that was listed,
// whole: a link, a device or a changed file that took its place since is said, never read in its stead.
import { constants, type Stats } from 'node:fs';
import { open } from 'node:fs/promises';
import type { TarBody } from '../../../formats/archive/tar-reader.ts';
import { reason } from '../layout/durable-file.ts';

/** As much as decides whether a file that is only peeked at is wanted. */
const HEAD_BYTES = 1024;
const CHUNK_BYTES = 256 * 1024;
const FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/**
 * Undefined once the body ended, else why it could not be given; `isDecided` is asked after the first bytes:
 * true where no more of them are wanted.
 */
export async function readBody(
  path: string,
  listed: Stats,
  body: TarBody,
  isDecided: () => boolean,
): Promise<string | undefined> {
  try {
    await using file = await open(path, FLAGS);
    const stats = await file.stat();
    if (!isSame(listed, stats)) return 'it changed while it was read';
    const buffer = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, Math.max(1, listed.size)));
    for (let done = 0; done < listed.size; ) {
      const wanted = Math.min(done === 0 ? HEAD_BYTES : buffer.length, listed.size - done);
      const { bytesRead } = await file.read(buffer, 0, wanted, done);
      if (bytesRead === 0) return 'it changed while it was read';
      body.chunk(buffer.subarray(0, bytesRead));
      done += bytesRead;
      if (done >= HEAD_BYTES && isDecided()) return undefined;
    }
    if (!isSame(listed, await file.stat())) return 'it changed while it was read';
    body.end();
    return undefined;
  } catch (error) {
    if (!(error instanceof Error && 'syscall' in error)) throw error;
    return `it cannot be read: ${reason(error)}`;
  }
}

function isSame(a: Stats, b: Stats): boolean {
  return a.dev === b.dev && a.ino === b.ino && a.size === b.size && a.mtimeMs === b.mtimeMs && b.isFile();
}
