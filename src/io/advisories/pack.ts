// A store as it travels: a head that lists the feeds, then what changed against a base, in the order of the
// blocks, compressed as a whole (zstd). A full pack has no base: all is new. What is read is hostile: frames,
// order, counts and rows are checked, and hashes are computed here, never read.
import { pipeline } from 'node:stream';
import { constants, createZstdCompress } from 'node:zlib';
import { decompress } from '../../formats/archive/compression.ts';
import { archiveErrors } from '../../formats/archive/errors.ts';
import { type ByteStream, decodeUtf8 } from '../../kit/bytes.ts';
import { isPlimsollError } from '../../kit/error.ts';
import { isJsonObject, parseJson } from '../../kit/json.ts';
import { limits } from '../../kit/limits.ts';
import { type BlockKey, checkBlockText, compareBlocks, createBlock, unpackBlock } from './block.ts';
import { advisoryErrors } from './errors.ts';
import { parseFeedRow } from './feed-row.ts';
import { isFingerprint } from './fingerprint.ts';
import { type Frame, formatFrame, formatKey, parseKey, readFrames } from './pack-frame.ts';
import type { AdvisoryBlock, AdvisoryRow, FeedRow } from './store.ts';

/** One difference from the base. */
export type PackEntry =
  | { readonly kind: 'block'; readonly block: AdvisoryBlock }
  | { readonly kind: 'removed'; readonly key: BlockKey };

export interface PackHead {
  /** The fingerprint of the base; absent in a full pack. */
  readonly from?: string;
  /** The fingerprint of the store that comes out. */
  readonly to: string;
  /** Every feed of that store. */
  readonly feeds: readonly FeedRow[];
}

/** A pack being read; `entries` may be walked once, and only their end says that the pack was whole. */
export interface ReadPack extends PackHead, AsyncDisposable {
  readonly entries: AsyncIterable<PackEntry>;
}

const FORMAT = 'plimsoll advisories';
const VERSION = 1;

/**
 * Level 9: on real feeds an eighth larger than level 19, in a fortieth of its time. A window of 8 MiB: a larger
 * one saves nothing, since what repeats stands close, and each reader pays for it in memory.
 */
const COMPRESSION = {
  chunkSize: 256 * 1024,
  params: {
    [constants.ZSTD_c_compressionLevel]: 9,
    [constants.ZSTD_c_windowLog]: 23,
    [constants.ZSTD_c_checksumFlag]: 1,
  },
};
/** Frames are handed on in pieces of about this size: one call per frame would cost more than compressing it. */
const PIECE_BYTES = 64 * 1024;

export function entryKey(entry: PackEntry): BlockKey {
  return entry.kind === 'block' ? entry.block : entry.key;
}

/** The compressed bytes of a pack. Entries come in the order of the blocks. */
export async function* formatPack(
  head: PackHead,
  entries: AsyncIterable<PackEntry> | Iterable<PackEntry>,
): AsyncGenerator<Uint8Array> {
  const engine = createZstdCompress(COMPRESSION);
  // The iteration below throws the same error, so the callback has nothing to add.
  pipeline(inPieces(formatFrames(head, entries)), engine, () => {});
  try {
    yield* engine as AsyncIterable<Uint8Array>;
  } finally {
    engine.destroy();
  }
}

async function* formatFrames(
  head: PackHead,
  entries: AsyncIterable<PackEntry> | Iterable<PackEntry>,
): AsyncGenerator<Uint8Array> {
  yield formatFrame('H', Buffer.from(JSON.stringify({ format: FORMAT, version: VERSION, ...head })));
  for await (const entry of entries)
    yield entry.kind === 'block'
      ? formatFrame('B', formatKey(entry.block), Buffer.from(unpackBlock(entry.block.packed)))
      : formatFrame('R', formatKey(entry.key));
  yield formatFrame('E');
}

async function* inPieces(frames: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let waiting: Uint8Array[] = [];
  let waitingBytes = 0;
  for await (const frame of frames) {
    waiting.push(frame);
    waitingBytes += frame.byteLength;
    if (waitingBytes < PIECE_BYTES) continue;
    yield Buffer.concat(waiting, waitingBytes);
    waiting = [];
    waitingBytes = 0;
  }
  yield Buffer.concat(waiting, waitingBytes);
}

export interface ReadPackOptions {
  /** Throws where a row is not one that its reader could use. */
  readonly checkRow?: (row: AdvisoryRow) => void;
  readonly unpackedLimitBytes?: number;
}

/** Reads the head; `advisories.pack_damaged` now or while the entries are walked. Errors of the source pass. */
export async function readPack(source: ByteStream, options: ReadPackOptions = {}): Promise<ReadPack> {
  const { checkRow, unpackedLimitBytes = limits.advisoryPackUnpackedBytes } = options;
  const frames = readFrames(unpacked(source, unpackedLimitBytes));
  try {
    const first = await frames.next();
    if (first.done === true || first.value.kind !== 'H')
      throw advisoryErrors.pack_damaged('the pack does not begin with its head');
    return {
      ...parseHead(first.value.content),
      entries: readEntries(frames, checkRow),
      [Symbol.asyncDispose]: async () => void (await frames.return(undefined)),
    };
  } catch (error) {
    await frames.return(undefined);
    throw error;
  }
}

async function* unpacked(source: ByteStream, unpackedBytes: number): AsyncGenerator<Uint8Array> {
  try {
    yield* decompress(source, { unpackedBytes, expansion: limits.advisoryPackExpansion });
  } catch (cause) {
    const isOurs = Object.values(archiveErrors).some(({ code }) => isPlimsollError(cause, { code }));
    if (isOurs && isPlimsollError(cause))
      throw advisoryErrors.pack_damaged(`the pack cannot be unpacked: ${cause.message}`, { cause });
    throw cause;
  }
}

function parseHead(content: Uint8Array): PackHead {
  const text = content.byteLength > limits.advisoryPackHeadBytes ? undefined : decodeUtf8(content);
  const value = text === undefined ? undefined : parseJson(text);
  if (!isJsonObject(value) || value.format !== FORMAT)
    throw advisoryErrors.pack_damaged('the head is not one of an advisory pack');
  if (value.version !== VERSION)
    throw advisoryErrors.pack_damaged(
      `the pack is of version ${String(value.version)}; this program reads version ${VERSION}`,
    );
  const { from, to, feeds } = value;
  if (!isFingerprint(to) || (from !== undefined && !isFingerprint(from)) || !Array.isArray(feeds))
    throw advisoryErrors.pack_damaged('the head of the pack lacks its fingerprints or its feeds');
  const rows = feeds.map(parseFeedRow);
  if (new Set(rows.map(({ feed }) => feed)).size !== rows.length)
    throw advisoryErrors.pack_damaged('the head of the pack names a feed twice');
  return { ...(from === undefined ? {} : { from }), to, feeds: rows };
}

async function* readEntries(
  frames: AsyncIterable<Frame>,
  checkRow: ReadPackOptions['checkRow'],
): AsyncGenerator<PackEntry> {
  let last: BlockKey | undefined;
  for await (const { kind, content } of frames) {
    if (kind === 'H') throw advisoryErrors.pack_damaged('the pack has two heads');
    const { key, rows } = parseKey(content);
    if (last !== undefined && compareBlocks(last, key) >= 0)
      throw advisoryErrors.pack_damaged(`${JSON.stringify(key.name)} stands out of order in the pack`);
    last = key;
    if (kind === 'B') yield { kind: 'block', block: parseRows(key, rows, checkRow) };
    else if (rows.byteLength === 0) yield { kind: 'removed', key };
    else throw advisoryErrors.pack_damaged(`${JSON.stringify(key.name)} is removed and has rows`);
  }
}

function parseRows(key: BlockKey, rows: Uint8Array, checkRow: ReadPackOptions['checkRow']): AdvisoryBlock {
  const text = decodeUtf8(rows);
  if (text === undefined)
    throw advisoryErrors.pack_damaged(`the rows of ${JSON.stringify(key.name)} are not UTF-8`);
  for (const row of checkBlockText(key, text)) checkRow?.({ ...key, ...row });
  return createBlock(key, text);
}
