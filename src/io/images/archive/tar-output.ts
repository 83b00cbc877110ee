// A tar file written member by member to a temporary name, synced and renamed at the end: whole or absent.
import { type FileHandle, mkdtemp, open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { formatTarEnd, formatTarHeader, formatTarPadding } from '../../../formats/archive/tar-writer.ts';
import type { ByteStream } from '../../../kit/bytes.ts';
import { imageErrors } from '../errors.ts';
import { syncFolder, writing } from '../layout/durable-file.ts';

export interface TarOutput extends AsyncDisposable {
  /** A folder beside the archive for what must be put down meanwhile; removed with the output. */
  readonly folder: string;
  /** Appends a file of exactly `sizeBytes`. Calls wait for each other. After a failure the archive is lost. */
  add(path: string, sizeBytes: number, bytes: ByteStream | Iterable<Uint8Array>): Promise<void>;
  /** Ends the archive durably under its name. */
  finish(): Promise<void>;
}

export async function createTarOutput(path: string): Promise<TarOutput> {
  const folder = await writing(path, mkdtemp(join(dirname(path), '.plimsoll-')));
  const file = join(folder, basename(path));
  const handle: FileHandle = await writing(path, open(file, 'wx'));
  let last: Promise<void> = Promise.resolve();
  let isOpen = true;
  let hasFailed = false;

  const write = (bytes: Uint8Array): Promise<void> => writing(path, handle.writeFile(bytes));

  async function append(
    name: string,
    sizeBytes: number,
    bytes: ByteStream | Iterable<Uint8Array>,
  ): Promise<void> {
    if (hasFailed) throw imageErrors.place_unwritable(`${path} was given up after an earlier failure`);
    hasFailed = true;
    // The epoch: an archive of the same image is the same file.
    await write(formatTarHeader({ kind: 'file', path: name, sizeBytes, mode: 0o644, mtimeSeconds: 0 }));
    let writtenBytes = 0;
    for await (const chunk of bytes) {
      writtenBytes += chunk.byteLength;
      await write(chunk);
    }
    if (writtenBytes !== sizeBytes)
      throw imageErrors.damaged(`${name} should have ${sizeBytes} bytes, but has ${writtenBytes}`);
    await write(formatTarPadding(sizeBytes));
    hasFailed = false;
  }

  return {
    folder,
    add(name, sizeBytes, bytes) {
      const mine = last.then(() => append(name, sizeBytes, bytes));
      last = mine.catch(() => {});
      return mine;
    },
    async finish() {
      await last;
      if (hasFailed) throw imageErrors.place_unwritable(`${path} was given up after an earlier failure`);
      await write(formatTarEnd());
      await writing(path, handle.sync());
      isOpen = false;
      await handle.close();
      await writing(path, rename(file, path));
      await syncFolder(dirname(path));
    },
    async [Symbol.asyncDispose]() {
      if (isOpen) await handle.close();
      isOpen = false;
      await rm(folder, { recursive: true, force: true });
    },
  };
}
