// A tar file on disk, read once for where its members are, then at random. Compressed ones are unpacked to a
// temporary file first, bounded, removed when the index is closed. Bodies are not read while indexing: a plain
// archive of many gigabytes costs some seeks.
import { createReadStream, createWriteStream } from 'node:fs';
import { type FileHandle, mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { decompress, detectCompression } from '../../../formats/archive/compression.ts';
import { linkDestination, safePath } from '../../../formats/archive/safe-path.ts';
import { createTarReader, type TarEntry } from '../../../formats/archive/tar-reader.ts';
import { isPlimsollError } from '../../../kit/error.ts';
import { imageErrors } from '../errors.ts';
import { reason } from '../layout/durable-file.ts';

export interface TarIndex {
  /** The file's size, links followed; undefined where no file has this path. */
  sizeOf(path: string): number | undefined;
  /** The file's bytes from `offsetBytes`; `images.missing`. */
  open(path: string, offsetBytes?: number): Readable;
  close(): Promise<void>;
}

type Member =
  | { readonly kind: 'file'; readonly offsetBytes: number; readonly sizeBytes: number }
  | { readonly kind: 'link'; readonly target: string };

/** Links in `docker save` archives lead to a layer in one hop. */
const HOPS = 8;
/** Members of an image archive: some per layer and manifest. */
const MEMBERS = 100_000;
const WINDOW_BYTES = 64 * 1024;

/**
 * `images.place_unreadable` where the file cannot be read, `images.damaged` where it is no whole tar archive.
 * Messages call the file `shown`.
 */
export async function openTarIndex(file: string, shown = file): Promise<TarIndex> {
  const plain = await unpackToPlain(file);
  try {
    const handle = await open(plain.path, 'r');
    try {
      return createIndex(shown, plain, await indexMembers(handle, shown));
    } finally {
      await handle.close();
    }
  } catch (error) {
    await plain.remove();
    if (isPlimsollError(error) && error.code.startsWith('archive.'))
      throw imageErrors.damaged(`${shown}: ${error.message}`, { cause: error });
    throw error;
  }
}

interface PlainFile {
  readonly path: string;
  remove(): Promise<void>;
}

async function unpackToPlain(file: string): Promise<PlainFile> {
  const head = await readHead(file);
  if (detectCompression(head) === 'plain') return { path: file, remove: async () => {} };
  const folder = await mkdtemp(join(tmpdir(), 'plimsoll-archive-'));
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  const path = join(folder, 'unpacked.tar');
  try {
    await pipeline(
      decompress(createReadStream(file, { highWaterMark: 256 * 1024 })),
      createWriteStream(path),
    );
    return { path, remove };
  } catch (error) {
    await remove();
    if (isPlimsollError(error)) throw imageErrors.damaged(`${file}: ${error.message}`, { cause: error });
    throw imageErrors.place_unwritable(`${path} cannot be written: ${reason(error)}`, { cause: error });
  }
}

async function readHead(file: string): Promise<Uint8Array> {
  try {
    const handle = await open(file, 'r');
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(8), 0, 8, 0);
      return buffer.subarray(0, bytesRead);
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw imageErrors.place_unreadable(`${file} cannot be read: ${reason(error)}`, { cause: error });
  }
}

async function indexMembers(handle: FileHandle, shown: string): Promise<Map<string, Member>> {
  const members = new Map<string, Member>();
  const reader = createTarReader((entry) => {
    const path = safePath(entry.path);
    const member = readMember(entry, path);
    if (path === undefined || member === undefined) return undefined;
    if (members.size >= MEMBERS)
      throw imageErrors.damaged(`${shown} has more members than an image archive has`);
    members.set(path, member);
    return undefined;
  });
  const { size: sizeBytes } = await handle.stat();
  const window = Buffer.alloc(WINDOW_BYTES);
  let position = 0;
  for (;;) {
    const { bytesRead } = await handle.read(window, 0, WINDOW_BYTES, position);
    if (bytesRead === 0) break;
    reader.push(window.subarray(0, bytesRead));
    position += bytesRead;
    const over = Math.min(reader.skippableBytes, sizeBytes - position);
    if (over > 0) reader.skip(over);
    position += Math.max(0, over);
  }
  reader.end();
  return members;
}

function readMember(entry: TarEntry, path: string | undefined): Member | undefined {
  if (path === undefined || path === '' || entry.unreadable !== undefined) return undefined;
  if (entry.kind === 'file')
    return { kind: 'file', offsetBytes: entry.bodyOffsetBytes, sizeBytes: entry.sizeBytes };
  const target =
    entry.kind === 'symlink'
      ? linkDestination(path, entry.linkPath)
      : entry.kind === 'hardlink'
        ? safePath(entry.linkPath)
        : undefined;
  return target === undefined ? undefined : { kind: 'link', target };
}

function createIndex(shown: string, plain: PlainFile, members: ReadonlyMap<string, Member>): TarIndex {
  function find(path: string): Extract<Member, { kind: 'file' }> | undefined {
    let member = members.get(path);
    for (let hops = 0; member?.kind === 'link' && hops < HOPS; hops++) member = members.get(member.target);
    return member?.kind === 'file' ? member : undefined;
  }
  return {
    sizeOf: (path) => find(path)?.sizeBytes,
    open(path, offsetBytes = 0) {
      const member = find(path);
      if (member === undefined) throw imageErrors.missing(`${shown} has no ${path}`);
      if (offsetBytes >= member.sizeBytes) return Readable.from([], { objectMode: false });
      return createReadStream(plain.path, {
        start: member.offsetBytes + offsetBytes,
        end: member.offsetBytes + member.sizeBytes - 1,
        highWaterMark: 256 * 1024,
      });
    },
    close: plain.remove,
  };
}
