// A block: all rows of one feed for one package of one scope, as one value. Related records repeat each
// other, so a block compresses about five times better than its rows would alone, and a look-up reads
// one value. Inside, ids and bodies alternate, ended by U+001E: JSON text cannot hold that character.
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { decodeUtf8 } from '../../kit/bytes.ts';
import { hashHex } from '../../kit/hash.ts';
import { limits } from '../../kit/limits.ts';
import { compareBytes } from './changed.ts';
import { advisoryErrors } from './errors.ts';
import type { AdvisoryBlock, AdvisoryRow } from './store.ts';

const SEPARATOR = '\u001e';

/** Under this many bytes zstd's frame costs about what it saves. */
const COMPRESS_FROM_BYTES = 256;

/** zstd's frame magic (RFC 8878 §3.1.1) tells a compressed block from plain text. */
const ZSTD_MAGIC = 0xfd2fb528;

/** One (id, body) pair of a block. */
export type BlockRow = Pick<AdvisoryRow, 'id' | 'body'>;

/** Throws `advisories.row_invalid` where a text holds the separator or a key is empty. */
export function checkRow(row: AdvisoryRow): void {
  if (row.scope === '' || row.name === '' || row.id === '') {
    throw advisoryErrors.row_invalid(`a row of feed ${row.feed} has an empty scope, name or id`);
  }
  if (row.id.includes(SEPARATOR) || row.body.includes(SEPARATOR)) {
    throw advisoryErrors.row_invalid(`row ${JSON.stringify(row.id)} of feed ${row.feed} holds U+001E`);
  }
}

/** What orders and names a block. */
export type BlockKey = Pick<AdvisoryBlock, 'scope' | 'name' | 'feed'>;

/** By the UTF-8 bytes of scope, name, then feed: the order that SQLite keeps. */
export function compareBlocks(a: BlockKey, b: BlockKey): number {
  return compareBytes(a.scope, b.scope) || compareBytes(a.name, b.name) || compareBytes(a.feed, b.feed);
}

/** `advisories.row_invalid` unless `block` comes after `last`. */
export function checkOrder(last: BlockKey | undefined, block: BlockKey): void {
  if (last === undefined || compareBlocks(last, block) < 0) return;
  throw advisoryErrors.row_invalid(
    `the block of ${JSON.stringify(block.name)} in feed ${block.feed} is out of order`,
  );
}

/** The block of these rows, given as plain text. */
export function createBlock({ scope, name, feed }: BlockKey, text: string): AdvisoryBlock {
  return { scope, name, feed, hash: hashBlock(text), packed: packBlock(text) };
}

/**
 * The rows, or `advisories.pack_damaged` unless the text is what `formatBlock` writes of at least one row: what
 * came from elsewhere must not become a store that this version would not have written.
 */
export function checkBlockText(key: BlockKey, text: string): readonly BlockRow[] {
  const rows = parseBlock(text);
  const isOrdered = rows.every(
    ({ id }, at) => id !== '' && (at === 0 || compareBytes((rows[at - 1] as BlockRow).id, id) < 0),
  );
  if (rows.length > 0 && isOrdered && formatBlock(rows) === text) return rows;
  throw advisoryErrors.pack_damaged(
    `the rows of ${JSON.stringify(key.name)} in feed ${key.feed} are not a block`,
  );
}

/** The block's plain text; rows must come ordered by id. */
export function formatBlock(rows: Iterable<BlockRow>): string {
  let text = '';
  for (const row of rows) text += `${row.id}${SEPARATOR}${row.body}${SEPARATOR}`;
  return text;
}

/** The rows of a block's plain text. */
export function parseBlock(text: string): BlockRow[] {
  const parts = text.split(SEPARATOR);
  const rows: BlockRow[] = [];
  for (let at = 0; at + 1 < parts.length; at += 2) {
    rows.push({ id: parts[at] as string, body: parts[at + 1] as string });
  }
  return rows;
}

/** As it is stored. */
export function packBlock(text: string): Uint8Array {
  const plain = Buffer.from(text);
  return plain.byteLength < COMPRESS_FROM_BYTES ? plain : zstdCompressSync(plain);
}

/** The plain text of a stored block; `advisories.store_damaged` where it cannot be read. */
export function unpackBlock(bytes: Uint8Array): string {
  const text = decodeUtf8(isZstd(bytes) ? unpackZstd(bytes) : bytes);
  if (text === undefined) throw advisoryErrors.store_damaged('a block of the advisory store is not UTF-8');
  return text;
}

/** Tells whether two blocks are equal; 128 bits are ample where nobody gains by a collision. */
export function hashBlock(text: string): string {
  return hashHex('sha256', text).slice(0, 32);
}

/** One hash of a package's blocks of all feeds, given in feed order. */
export function joinHashes(blocks: readonly { readonly feed: string; readonly hash: string }[]): string {
  return blocks.map(({ feed, hash }) => `${feed}=${hash}`).join(';');
}

function isZstd(bytes: Uint8Array): boolean {
  return (
    bytes.byteLength >= 4 && Buffer.from(bytes.buffer, bytes.byteOffset, 4).readUInt32LE() === ZSTD_MAGIC
  );
}

function unpackZstd(bytes: Uint8Array): Uint8Array {
  try {
    return zstdDecompressSync(bytes, { maxOutputLength: limits.advisoryBlockBytes });
  } catch (cause) {
    throw advisoryErrors.store_damaged('a block of the advisory store cannot be unpacked', { cause });
  }
}
