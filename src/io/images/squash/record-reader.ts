// Reads a layer record. Its cache gives only bytes that are as they were written; still every length is checked,
// so that whatever the bytes are, the entries end early and nothing is thrown.
import { zstdDecompressSync } from 'node:zlib';
import { isDigest } from '../../../formats/oci/digest.ts';
import { isJsonObject, parseJson } from '../../../kit/json.ts';
import type { FileContent } from './content.ts';
import {
  ANSWER_SHIFT,
  ANSWERS,
  BLOCK_HEAD,
  CONTENT_SHIFT,
  CONTENTS,
  FRAME_HEAD,
  HAS_REASON,
  KINDS,
  type LayerRecord,
  type RecordedEntry,
  ROW,
} from './record.ts';

/** The record, or undefined where the head is none. `limitBytes` is the most that one block may unpack to. */
export function parseLayerRecord(bytes: Uint8Array, limitBytes: number): LayerRecord | undefined {
  const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (all.byteLength < 4) return undefined;
  const start = 4 + all.readUInt32LE(0);
  if (start > all.byteLength) return undefined;
  const head = parseJson(all.toString('utf8', 4, start));
  if (!isJsonObject(head)) return undefined;
  const { diffId, unpackedBytes, entryCount } = head;
  if (!isDigest(diffId) || !isCount(unpackedBytes) || !isCount(entryCount)) return undefined;
  return { diffId, unpackedBytes, entryCount, read: () => readBlocks(all.subarray(start), limitBytes) };
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function* readBlocks(frames: Buffer, limitBytes: number): Generator<RecordedEntry> {
  for (let at = 0; at + FRAME_HEAD.size <= frames.byteLength; ) {
    const packedBytes = frames.readUInt32LE(at + FRAME_HEAD.packedBytes);
    const blockBytes = frames.readUInt32LE(at + FRAME_HEAD.blockBytes);
    at += FRAME_HEAD.size;
    if (at + packedBytes > frames.byteLength || blockBytes > limitBytes) return;
    const block = unpack(frames.subarray(at, at + packedBytes), blockBytes);
    at += packedBytes;
    if (block === undefined || !(yield* readRows(block))) return;
  }
}

function unpack(frame: Buffer, blockBytes: number): Buffer | undefined {
  try {
    // One chunk takes it all: with the usual chunks of 16 KiB joining them costs more than unpacking.
    const block = zstdDecompressSync(frame, { maxOutputLength: blockBytes + 1, chunkSize: blockBytes + 64 });
    return block.byteLength === blockBytes && blockBytes >= BLOCK_HEAD.size ? block : undefined;
  } catch {
    return undefined;
  }
}

/** False where the block's parts do not fit together. */
function* readRows(block: Buffer): Generator<RecordedEntry, boolean> {
  const view = new DataView(block.buffer, block.byteOffset, block.byteLength);
  const count = view.getUint32(BLOCK_HEAD.count, true);
  const isWide = view.getUint8(BLOCK_HEAD.isWide) === 1;
  const textEnd = BLOCK_HEAD.size + count * ROW.size + view.getUint32(BLOCK_HEAD.textBytes, true);
  const keptEnd = textEnd + view.getUint32(BLOCK_HEAD.keptBytes, true);
  if (keptEnd !== block.byteLength) return false;
  let textAt = BLOCK_HEAD.size + count * ROW.size;
  let keptAt = textEnd;
  function text(chars: number): string {
    if (chars === 0) return '';
    const begin = textAt;
    textAt += isWide ? 2 * chars : chars;
    return isWide ? block.toString('utf16le', begin, textAt) : block.toString('latin1', begin, textAt);
  }
  for (let row = 0; row < count; row += 1) {
    const at = BLOCK_HEAD.size + row * ROW.size;
    const flags = view.getUint8(at + ROW.flags);
    const kind = KINDS[flags & 7];
    const answer = ANSWERS[(flags >> ANSWER_SHIFT) & 3];
    const contentKind = CONTENTS[(flags >> CONTENT_SHIFT) & 3];
    const path = text(view.getUint32(at + ROW.pathChars, true));
    const linkPath = text(view.getUint32(at + ROW.linkChars, true));
    const reason = text(view.getUint32(at + ROW.reasonChars, true));
    const keptBytes = view.getUint32(at + ROW.keptBytes, true);
    if (kind === undefined || answer === undefined || textAt > textEnd || keptAt + keptBytes > keptEnd)
      return false;
    const content = toContent(contentKind, block.subarray(keptAt, keptAt + keptBytes));
    keptAt += keptBytes;
    yield {
      entry: {
        kind,
        path,
        linkPath,
        sizeBytes: view.getFloat64(at + ROW.sizeBytes, true),
        mode: view.getUint16(at + ROW.mode, true),
        ...((flags & HAS_REASON) === 0 ? {} : { unreadable: reason }),
      },
      answer,
      ...(content === undefined ? {} : { content }),
    };
  }
  return true;
}

const REJECTED: FileContent = Object.freeze({ kind: 'rejected' });
const LARGE: FileContent = Object.freeze({ kind: 'large' });

/** A copy: a view would hold the whole block for as long as the image is looked at. */
function toContent(kind: FileContent['kind'] | undefined, bytes: Uint8Array): FileContent | undefined {
  if (kind === 'kept') return { kind, bytes: new Uint8Array(bytes) };
  return kind === 'rejected' ? REJECTED : kind === 'large' ? LARGE : undefined;
}
