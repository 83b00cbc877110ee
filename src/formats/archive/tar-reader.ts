// A tar archive pushed in chunks, entries and bodies coming out: ustar, pax, GNU long names, v7.
// Invariant: the same bytes give the same entries however they are cut into chunks; memory is one header
// extension at most; bodies are views of the caller's chunks, and unwanted ones are passed over.
// Reads as Go's archive/tar does. Sparse files, and entries under a global pax header that renames or
// resizes (which readers understand differently), are told as unreadable, not guessed.
import { limits } from '../../kit/limits.ts';
import { archiveErrors } from './errors.ts';
import { parseTarHeader, readSparseSize, readText, TAR_BLOCK, type TarHeader } from './tar-header.ts';
import { type PaxRecords, parsePax } from './tar-pax.ts';

export type TarKind = 'file' | 'folder' | 'symlink' | 'hardlink' | 'device' | 'fifo' | 'other';

export interface TarEntry {
  readonly kind: TarKind;
  /** As written: see safe-path.ts before use. Bytes that are not UTF-8 stand as lone surrogates. */
  readonly path: string;
  /** Target of a symbolic or hard link, as written; '' otherwise. */
  readonly linkPath: string;
  /** Size of the file; of a sparse one when unpacked. 0 for what has no body. */
  readonly sizeBytes: number;
  /** Permission bits with setuid, setgid and sticky. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly mtimeSeconds: number;
  /** Where the body starts in the (uncompressed) archive. */
  readonly bodyOffsetBytes: number;
  /** Why the body is not the file's content; it is then passed over. */
  readonly unreadable?: string;
}

/** Gets one body, in order. A chunk is only valid until the call returns: copy what is kept. */
export interface TarBody {
  chunk(bytes: Uint8Array): void;
  end(): void;
}

/** Called for each entry; the answer gets the body, undefined passes it over. Only files and 'other' have one. */
export type OnTarEntry = (entry: TarEntry) => TarBody | undefined;

export interface TarReader {
  /** Takes the next bytes. Throws `archive.malformed` or `archive.too_large`, and what `onEntry` throws. */
  push(chunk: Uint8Array): void;
  /** Says that no more bytes come; `archive.truncated` in the middle of a header or body. */
  end(): void;
  /** How many coming bytes nobody wants: a caller that can seek leaves them out and calls `skip` with the number. */
  readonly skippableBytes: number;
  skip(sizeBytes: number): void;
}

const KINDS: ReadonlyMap<number, TarKind> = new Map([
  [0x00, 'file'],
  [0x30, 'file'],
  [0x31, 'hardlink'],
  [0x32, 'symlink'],
  [0x33, 'device'],
  [0x34, 'device'],
  [0x35, 'folder'],
  [0x36, 'fifo'],
  [0x37, 'file'],
  [0x53, 'file'],
]);
const PAX = 0x78;
const PAX_GLOBAL = 0x67;
const LONG_NAME = 0x4c;
const LONG_LINK = 0x4b;
const SPARSE = 0x53;
/** Writers put at most a pax header, a long name and a long link before an entry. */
const EXTENSIONS_PER_ENTRY = 16;

/** A reader of one archive. Bytes after the end mark (two zero blocks) are passed over, as by every tar. */
export function createTarReader(onEntry: OnTarEntry): TarReader {
  const held = Buffer.alloc(TAR_BLOCK);
  let heldBytes = 0;
  let position = 0;
  let body: TarBody | undefined;
  let isBody = false;
  let bodyLeft = 0;
  let padLeft = 0;
  let zeroBlocks = 0;
  let isSparseMap = false;
  const pending = createPending();

  function startBody(sizeBytes: number, consumer: TarBody | undefined): void {
    padLeft = (TAR_BLOCK - (sizeBytes % TAR_BLOCK)) % TAR_BLOCK;
    bodyLeft = sizeBytes;
    body = consumer;
    isBody = true;
    if (bodyLeft === 0) endBody();
  }

  function endBody(): void {
    const done = body;
    body = undefined;
    isBody = false;
    done?.end();
  }

  function block(bytes: Buffer, at: number): void {
    if (isSparseMap) {
      isSparseMap = bytes[at + 504] !== 0;
      return;
    }
    const header = parseTarHeader(bytes, at);
    if (header === undefined) {
      zeroBlocks += 1;
      return;
    }
    if (zeroBlocks > 0) throw archiveErrors.malformed('the tar archive goes on after a single zero block');
    const extension = pending.extension(header);
    if (extension !== undefined) {
      startBody(header.sizeBytes, extension);
      return;
    }
    const { entry, storedBytes } = pending.entry(header, bytes, at, position);
    if (header.type === SPARSE) isSparseMap = bytes[at + 482] !== 0;
    const consumer = onEntry(entry);
    startBody(storedBytes, entry.unreadable === undefined && hasBody(entry.kind) ? consumer : undefined);
  }

  function takeHeader(bytes: Buffer, at: number): number {
    const available = bytes.length - at;
    if (heldBytes === 0 && available >= TAR_BLOCK) {
      position += TAR_BLOCK;
      block(bytes, at);
      return TAR_BLOCK;
    }
    const taken = Math.min(TAR_BLOCK - heldBytes, available);
    held.set(bytes.subarray(at, at + taken), heldBytes);
    heldBytes += taken;
    position += taken;
    if (heldBytes === TAR_BLOCK) {
      heldBytes = 0;
      block(held, 0);
    }
    return taken;
  }

  function takeBody(bytes: Buffer, at: number): number {
    const taken = Math.min(bodyLeft, bytes.length - at);
    body?.chunk(bytes.subarray(at, at + taken));
    passBody(taken);
    return taken;
  }

  function passBody(taken: number): void {
    bodyLeft -= taken;
    position += taken;
    if (bodyLeft === 0) endBody();
  }

  return {
    push(chunk) {
      const bytes = Buffer.isBuffer(chunk)
        ? chunk
        : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
      let at = 0;
      while (at < bytes.length && zeroBlocks < 2) {
        if (isSparseMap) at += takeHeader(bytes, at);
        else if (isBody) at += takeBody(bytes, at);
        else if (padLeft > 0) {
          const taken = Math.min(padLeft, bytes.length - at);
          padLeft -= taken;
          position += taken;
          at += taken;
        } else at += takeHeader(bytes, at);
      }
    },
    end() {
      // A cut inside the padding of the last body loses nothing; many writers end there.
      if (isBody || isSparseMap || heldBytes > 0 || pending.isOpen)
        throw archiveErrors.truncated('the tar archive ends in the middle of an entry');
    },
    get skippableBytes() {
      if (isSparseMap || heldBytes > 0 || body !== undefined) return 0;
      return (isBody ? bodyLeft : 0) + padLeft;
    },
    skip(sizeBytes) {
      const fromBody = Math.min(sizeBytes, isBody ? bodyLeft : 0);
      if (fromBody > 0) passBody(fromBody);
      padLeft -= sizeBytes - fromBody;
      position += sizeBytes - fromBody;
    },
  };
}

function hasBody(kind: TarKind): boolean {
  return kind === 'file' || kind === 'other';
}

/** What extension headers have said about the entry to come. */
function createPending() {
  let pax: PaxRecords = {};
  let longName: string | undefined;
  let longLink: string | undefined;
  let extensions = 0;
  let globalDoubt = false;

  function keep(type: number, bytes: Buffer): void {
    if (type === LONG_NAME) longName = readText(bytes, 0, bytes.length);
    else if (type === LONG_LINK) longLink = readText(bytes, 0, bytes.length);
    else if (type === PAX) pax = parsePax(bytes);
    else {
      const records = parsePax(bytes);
      globalDoubt ||=
        records.path !== undefined || records.linkPath !== undefined || records.sizeBytes !== undefined;
    }
  }

  return {
    get isOpen() {
      return extensions > 0;
    },
    /** The collector of an extension's body, or undefined where the header is an entry's own. */
    extension({ type, sizeBytes }: TarHeader): TarBody | undefined {
      if (type !== PAX && type !== PAX_GLOBAL && type !== LONG_NAME && type !== LONG_LINK) return undefined;
      if (sizeBytes > limits.tarHeaderExtensionBytes)
        throw archiveErrors.too_large(
          `a tar header extension of ${sizeBytes} bytes is over the limit of ${limits.tarHeaderExtensionBytes}`,
        );
      if (type !== PAX_GLOBAL) extensions += 1;
      if (extensions > EXTENSIONS_PER_ENTRY)
        throw archiveErrors.too_large('a tar archive piles up header extensions without an entry');
      const bytes = Buffer.allocUnsafe(sizeBytes);
      let filled = 0;
      return {
        chunk(part) {
          bytes.set(part, filled);
          filled += part.byteLength;
        },
        end: () => keep(type, bytes),
      };
    },
    entry(header: TarHeader, bytes: Buffer, at: number, bodyOffsetBytes: number) {
      const stored = pax.sizeBytes ?? header.sizeBytes;
      const path = longName ?? pax.sparseName ?? pax.path ?? header.path;
      const kind = kindOf(header.type, path);
      const isSparse = header.type === SPARSE || pax.isSparse === true;
      const sparseBytes = header.type === SPARSE ? readSparseSize(bytes, at) : pax.sparseSizeBytes;
      const storedBytes = hasBody(kind) ? stored : 0;
      const unreadable = isSparse
        ? 'it is stored as a sparse file'
        : globalDoubt
          ? 'a global pax header renames or resizes entries, which readers understand differently'
          : undefined;
      const entry: TarEntry = {
        kind,
        path,
        linkPath: longLink ?? pax.linkPath ?? header.linkPath,
        sizeBytes: isSparse ? (sparseBytes ?? storedBytes) : storedBytes,
        mode: header.mode,
        uid: pax.uid ?? header.uid,
        gid: pax.gid ?? header.gid,
        mtimeSeconds: pax.mtimeSeconds ?? header.mtimeSeconds,
        bodyOffsetBytes,
        ...(unreadable === undefined ? {} : { unreadable }),
      };
      pax = {};
      longName = undefined;
      longLink = undefined;
      extensions = 0;
      return { entry, storedBytes };
    },
  };
}

function kindOf(type: number, path: string): TarKind {
  // Before POSIX, a folder was a file whose name ended in a slash.
  if (type === 0x00 && path.endsWith('/')) return 'folder';
  return KINDS.get(type) ?? 'other';
}
