// One 512-byte tar header block: POSIX ustar, GNU (base-256 numbers), star and v7. Reads as Go's
// archive/tar does, since that is what unpacks images everywhere: where readers differ, its answer is ours.
// Pax records are in tar-pax.ts; what stands between headers in tar-reader.ts.
import { archiveErrors } from './errors.ts';

export const TAR_BLOCK = 512;

/** The raw members of a header. Sizes and numbers are decoded, the path is as written. */
export interface TarHeader {
  readonly type: number;
  readonly path: string;
  readonly linkPath: string;
  readonly sizeBytes: number;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly mtimeSeconds: number;
}

/** The header at `at`, undefined for a block of zeros; `archive.malformed` for anything else. */
export function parseTarHeader(block: Buffer, at: number): TarHeader | undefined {
  if (!isChecked(block, at)) return undefined;
  const prefix = readPrefix(block, at);
  const name = readText(block, at, 100);
  return {
    type: block[at + 156] as number,
    path: prefix === '' ? name : `${prefix}/${name}`,
    linkPath: block[at + 157] === 0 ? '' : readText(block, at + 157, 100),
    sizeBytes: readSize(block, at + 124),
    mode: readNumber(block, at + 100, 8) & 0o7777,
    uid: readNumber(block, at + 108, 8),
    gid: readNumber(block, at + 116, 8),
    mtimeSeconds: readNumber(block, at + 136, 12),
  };
}

/** GNU's old sparse header: the size of the file when unpacked. */
export function readSparseSize(block: Buffer, at: number): number {
  return readNumber(block, at + 483, 12);
}

/** NUL-terminated text. Bytes that are not UTF-8 become lone surrogates, so that no two names fall together. */
export function readText(block: Buffer, start: number, lengthBytes: number): string {
  let end = start;
  let bits = 0;
  for (const limit = start + lengthBytes; end < limit; end++) {
    const byte = block[end] as number;
    if (byte === 0) break;
    bits |= byte;
  }
  if (bits < 0x80) return block.toString('latin1', start, end);
  return decodeName(block.subarray(start, end));
}

/** UTF-8, or where it is not: each high byte as U+DC00 plus itself. */
export function decodeName(bytes: Uint8Array): string {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const text = buffer.toString('utf8');
  if (!text.includes('\ufffd') || Buffer.from(text).equals(buffer)) return text;
  return buffer
    .toString('latin1')
    .replace(/[\x80-\xff]/g, (high) => String.fromCharCode(0xdc00 + high.charCodeAt(0)));
}

/** False for a zero block; throws where the checksum is wrong. */
function isChecked(block: Buffer, at: number): boolean {
  let sum = 0;
  for (let i = at; i < at + TAR_BLOCK; i++) sum += block[i] as number;
  if (sum === 0) return false;
  let field = 0;
  for (let i = at + 148; i < at + 156; i++) field += block[i] as number;
  const declared = readNumber(block, at + 148, 8);
  const unsigned = sum - field + 8 * 32;
  if (declared === unsigned || declared === signedSum(block, at)) return true;
  throw archiveErrors.malformed('a tar header has a wrong checksum');
}

/** Some old writers summed signed characters. */
function signedSum(block: Buffer, at: number): number {
  let sum = 0;
  for (let i = 0; i < TAR_BLOCK; i++) {
    const byte = i >= 148 && i < 156 ? 32 : (block[at + i] as number);
    sum += byte < 0x80 ? byte : byte - 0x100;
  }
  return sum;
}

function readPrefix(block: Buffer, at: number): string {
  const prefixAt = at + 345;
  if (block[prefixAt] === 0 || block.toString('latin1', at + 257, at + 262) !== 'ustar') return '';
  if (block[at + 262] !== 0) return readGnuPrefix(block, prefixAt);
  const isStar = block.toString('latin1', at + 508, at + 511) === 'tar';
  return readText(block, prefixAt, isStar ? 131 : 155);
}

/** Go 1.8 wrote ustar prefixes under GNU's magic; honest GNU headers have two octal times there. */
function readGnuPrefix(block: Buffer, at: number): string {
  if ((block[at] as number) >= 0x80 || /^[0-7 ]{11}[ \0]/.test(block.toString('latin1', at, at + 12)))
    return '';
  return readText(block, at, 155);
}

function readSize(block: Buffer, at: number): number {
  const size = readNumber(block, at, 12);
  if (size < 0 || !Number.isSafeInteger(size))
    throw archiveErrors.malformed('a tar header has an impossible size');
  return size;
}

/** Octal with spaces or NULs around it, or GNU's base-256 where the first bit is set. */
function readNumber(block: Buffer, start: number, lengthBytes: number): number {
  if ((block[start] as number) >= 0x80) return readBase256(block, start, lengthBytes);
  let at = start;
  let end = start + lengthBytes;
  while (at < end && isBlank(block[at] as number)) at += 1;
  while (end > at && isBlank(block[end - 1] as number)) end -= 1;
  let value = 0;
  for (; at < end; at++) {
    const digit = (block[at] as number) - 48;
    if (block[at] === 0) break;
    if (digit < 0 || digit > 7) throw archiveErrors.malformed('a tar header has a number that is not octal');
    value = value * 8 + digit;
  }
  return value;
}

function readBase256(block: Buffer, start: number, lengthBytes: number): number {
  const first = block[start] as number;
  const isNegative = (first & 0x40) !== 0;
  // Two's complement: the first bit only marks the encoding, the second is the sign.
  let value = isNegative ? (first & 0x3f) - 0x40 : first & 0x3f;
  for (let i = start + 1; i < start + lengthBytes; i++) value = value * 256 + (block[i] as number);
  return value;
}

function isBlank(byte: number): boolean {
  return byte === 32 || byte === 0;
}
