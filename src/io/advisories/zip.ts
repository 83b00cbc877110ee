// The files of a zip archive, one after the other (APPNOTE 6.3.10). yauzl reads the directory, entries are
// read here, both through a window that moves along the file: small reads, and a stream per entry, take ten
// times as long over the 200,000 small records of an OSV dump. Size and CRC are checked; names are only told.
import { type FileHandle, open } from 'node:fs/promises';
import { crc32, inflateRawSync } from 'node:zlib';
import { type Entry, fromRandomAccessReaderPromise, RandomAccessReader } from 'yauzl';
import { describeError, isPlimsollError } from '../../kit/error.ts';
import { limits } from '../../kit/limits.ts';
import { advisoryErrors } from './errors.ts';
import type { ZipEntry } from './feed-source.ts';

/** Bytes of `length` at `position`; `undefined` where the file ends before. */
type ReadAt = (position: number, length: number) => Promise<Uint8Array | undefined>;

/** Some hundred records per read. */
const WINDOW_BYTES = 1024 * 1024;

/** APPNOTE §4.3.7: the fixed part of a local header, with the lengths of name and extra field at its end. */
const LOCAL_HEADER_BYTES = 30;
const LOCAL_HEADER_SIGNATURE = 0x04034b50;

/** The regular files of the archive at `path`; an entry is read before the next one is asked for. */
export async function* readZipEntries(path: string, address: string): AsyncGenerator<ZipEntry> {
  await using file = await guarded(address, () => open(path));
  const zip = await guarded(address, async () => {
    const { size } = await file.stat();
    const directory = new WindowReader(createWindow(file));
    return fromRandomAccessReaderPromise(directory, size, { lazyEntries: true, autoClose: false });
  });
  if (zip.entryCount > limits.feedEntries) {
    throw advisoryErrors.feed_damaged(`${address} has more than ${limits.feedEntries} entries`);
  }
  const entries = zip.eachEntry();
  const readAt = createWindow(file);
  for (;;) {
    const { done, value: entry } = await guarded(address, () => entries.next());
    if (done) return;
    if (entry.fileName.endsWith('/')) continue;
    yield {
      name: entry.fileName,
      read: (limitBytes) => guarded(address, () => readEntry(readAt, entry, address, limitBytes)),
    };
  }
}

/** The directory through a window of its own, as yauzl wants to be handed it. */
class WindowReader extends RandomAccessReader {
  readonly #readAt: ReadAt;

  constructor(readAt: ReadAt) {
    super();
    this.#readAt = readAt;
  }

  override read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
    callback: (error: Error | null) => void,
  ): void {
    this.#readAt(position, length).then((bytes) => {
      if (bytes !== undefined) buffer.set(bytes, offset);
      callback(bytes === undefined ? new Error('the file ends too early') : null);
    }, callback);
  }
}

async function readEntry(
  readAt: ReadAt,
  entry: Entry,
  address: string,
  limitBytes: number,
): Promise<Uint8Array> {
  const refuse = (why: string) => advisoryErrors.feed_damaged(`${entry.fileName} in ${address} ${why}`);
  if (Math.max(entry.uncompressedSize, entry.compressedSize) > limitBytes) {
    throw refuse(`is larger than ${limitBytes} bytes`);
  }
  if (entry.isEncrypted() || (entry.compressionMethod !== 0 && entry.compressionMethod !== 8)) {
    throw refuse('is encrypted or packed in a way that OSV dumps are not');
  }
  const bytes = await readAt(entry.relativeOffsetOfLocalHeader, LOCAL_HEADER_BYTES);
  const header = Buffer.from(bytes ?? []);
  if (bytes === undefined || header.readUInt32LE(0) !== LOCAL_HEADER_SIGNATURE) {
    throw refuse('is not where the directory says');
  }
  const start =
    entry.relativeOffsetOfLocalHeader +
    LOCAL_HEADER_BYTES +
    header.readUInt16LE(26) +
    header.readUInt16LE(28);
  const packed = await readAt(start, entry.compressedSize);
  if (packed === undefined) throw refuse('is cut');
  const content =
    entry.compressionMethod === 0
      ? Uint8Array.from(packed)
      : inflateRawSync(packed, { maxOutputLength: Math.max(1, entry.uncompressedSize) });
  if (content.byteLength !== entry.uncompressedSize || crc32(content) !== entry.crc32) {
    throw refuse('does not have its size and checksum');
  }
  return content;
}

/** What it answers is good until it is asked again. */
function createWindow(file: FileHandle): ReadAt {
  let window: Uint8Array = new Uint8Array(0);
  let begin = 0;
  return async (position, length) => {
    if (position < begin || position + length > begin + window.byteLength) {
      const buffer = Buffer.allocUnsafe(Math.max(length, WINDOW_BYTES));
      const { bytesRead } = await file.read(buffer, 0, buffer.byteLength, position);
      window = buffer.subarray(0, bytesRead);
      begin = position;
    }
    const from = position - begin;
    return from + length > window.byteLength ? undefined : window.subarray(from, from + length);
  };
}

async function guarded<T>(address: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (isPlimsollError(cause)) throw cause;
    throw advisoryErrors.feed_damaged(`${address} is not a whole zip archive: ${describeError(cause)}`, {
      cause,
    });
  }
}
