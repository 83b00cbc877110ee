// Writes a layer record while the layer's entries pass: one block in memory, the finished ones packed. Bounded:
// a record that outgrows its limit is given up, and the layer will be read again.
import { constants, zstdCompressSync } from 'node:zlib';
import {
  ANSWER_SHIFT,
  ANSWERS,
  BLOCK_HEAD,
  CONTENT_SHIFT,
  CONTENTS,
  FRAME_HEAD,
  HAS_REASON,
  KINDS,
  type LayerSums,
  type RecordedEntry,
  ROW,
} from './record.ts';

export interface RecordWriter {
  add(one: RecordedEntry): void;
  /** False once the record has outgrown its limit; nothing more is kept then. */
  readonly isOpen: boolean;
  /** Gives up: nothing is kept from now on. */
  close(): void;
  /** The record's bytes; undefined where it was given up. */
  finish(sums: LayerSums): Uint8Array | undefined;
}

const BLOCK_ENTRIES = 4096;
const BLOCK_BYTES = 1024 * 1024;
/** Level 1 packs Debian to an eighth in a millisecond a block; level 3 takes a third longer for a tenth less. */
const PACKING = Object.freeze({ params: { [constants.ZSTD_c_compressionLevel]: 1 } });
const NOT_LATIN1 = /[^\x00-\xff]/;

export function createRecordWriter(limitBytes: number): RecordWriter {
  const rows = Buffer.alloc(BLOCK_ENTRIES * ROW.size);
  const view = new DataView(rows.buffer, rows.byteOffset, rows.byteLength);
  let texts: string[] = [];
  let kept: Uint8Array[] = [];
  let count = 0;
  let chars = 0;
  let keptBytes = 0;
  let entryCount = 0;
  let packed: Uint8Array[] = [];
  let packedBytes = 0;
  let isOpen = true;

  function writeRow({ entry, answer, content }: RecordedEntry): void {
    const { kind, path, linkPath, sizeBytes, mode, unreadable } = entry;
    const at = count * ROW.size;
    const bytes = content?.kind === 'kept' ? content.bytes : undefined;
    const flags =
      KINDS.indexOf(kind) |
      (ANSWERS.indexOf(answer) << ANSWER_SHIFT) |
      (CONTENTS.indexOf(content?.kind) << CONTENT_SHIFT) |
      (unreadable === undefined ? 0 : HAS_REASON);
    view.setUint8(at + ROW.flags, flags);
    view.setUint16(at + ROW.mode, mode, true);
    view.setFloat64(at + ROW.sizeBytes, sizeBytes, true);
    view.setUint32(at + ROW.pathChars, path.length, true);
    view.setUint32(at + ROW.linkChars, linkPath.length, true);
    view.setUint32(at + ROW.reasonChars, unreadable?.length ?? 0, true);
    view.setUint32(at + ROW.keptBytes, bytes?.byteLength ?? 0, true);
    texts.push(path, linkPath);
    if (unreadable !== undefined) texts.push(unreadable);
    if (bytes !== undefined && bytes.byteLength > 0) kept.push(bytes);
    chars += path.length + linkPath.length + (unreadable?.length ?? 0);
    keptBytes += bytes?.byteLength ?? 0;
    count += 1;
  }

  function endBlock(): void {
    if (count === 0) return;
    const text = texts.join('');
    // UTF-16 keeps what is no Unicode (lone surrogates stand for bytes that are not UTF-8).
    const isWide = NOT_LATIN1.test(text);
    const textBytes = Buffer.from(text, isWide ? 'utf16le' : 'latin1');
    const head = Buffer.alloc(BLOCK_HEAD.size);
    head.writeUInt32LE(count, BLOCK_HEAD.count);
    head.writeUInt32LE(textBytes.byteLength, BLOCK_HEAD.textBytes);
    head.writeUInt32LE(keptBytes, BLOCK_HEAD.keptBytes);
    head.writeUInt8(isWide ? 1 : 0, BLOCK_HEAD.isWide);
    const block = Buffer.concat([head, rows.subarray(0, count * ROW.size), textBytes, ...kept]);
    const frame = zstdCompressSync(block, PACKING);
    const frameHead = Buffer.alloc(FRAME_HEAD.size);
    frameHead.writeUInt32LE(frame.byteLength, FRAME_HEAD.packedBytes);
    frameHead.writeUInt32LE(block.byteLength, FRAME_HEAD.blockBytes);
    packed.push(frameHead, frame);
    packedBytes += FRAME_HEAD.size + frame.byteLength;
    startBlock();
    if (packedBytes > limitBytes) close();
  }

  function startBlock(): void {
    texts = [];
    kept = [];
    count = 0;
    chars = 0;
    keptBytes = 0;
  }

  function close(): void {
    isOpen = false;
    packed = [];
    startBlock();
  }

  return {
    get isOpen() {
      return isOpen;
    },
    close,
    add(one) {
      if (!isOpen) return;
      // One block is in memory whole: a single file over the limit ends it before it is packed.
      if (one.content?.kind === 'kept' && one.content.bytes.byteLength > limitBytes) {
        close();
        return;
      }
      writeRow(one);
      entryCount += 1;
      if (count === BLOCK_ENTRIES || chars + keptBytes > BLOCK_BYTES) endBlock();
    },
    finish(sums) {
      endBlock();
      if (!isOpen) return undefined;
      const head = Buffer.from(JSON.stringify({ ...sums, entryCount }));
      const headBytes = Buffer.alloc(4);
      headBytes.writeUInt32LE(head.byteLength);
      return Buffer.concat([headBytes, head, ...packed]);
    },
  };
}
