// Frames of a packed store: each a length (32 bits, little-endian), then a letter and its content.
//   H  the head, JSON; first, once        E  the end; last, once, so that a cut stream is known
//   B  a block: the lengths of scope, name and feed (16 bits each), the three, the plain rows
//   R  a removed key: as B, without rows
// Blocks stand plain: all of them compressed as one are a third of what each compressed alone is.
import { type ByteStream, concatBytes, decodeUtf8 } from '../../kit/bytes.ts';
import { limits } from '../../kit/limits.ts';
import type { BlockKey } from './block.ts';
import { advisoryErrors } from './errors.ts';

export type FrameKind = 'H' | 'B' | 'R' | 'E';

export interface Frame {
  readonly kind: FrameKind;
  readonly content: Uint8Array;
}

const LENGTH_BYTES = 4;
const KEY_LENGTHS_BYTES = 6;
/** What 16 bits can say; no vendor's package name comes near. */
const KEY_PART_BYTES = 0xffff;

export function formatFrame(kind: FrameKind, ...content: readonly Uint8Array[]): Uint8Array {
  const sizeBytes = content.reduce((sum, part) => sum + part.byteLength, 1);
  const head = Buffer.alloc(LENGTH_BYTES + 1);
  head.writeUInt32LE(sizeBytes);
  head.write(kind, LENGTH_BYTES, 'latin1');
  return concatBytes([head, ...content]);
}

/** `advisories.row_invalid` where a part of the key is longer than a frame can say. */
export function formatKey({ scope, name, feed }: BlockKey): Uint8Array {
  const parts = [scope, name, feed].map((part) => Buffer.from(part));
  const lengths = Buffer.alloc(KEY_LENGTHS_BYTES);
  parts.forEach((part, at) => {
    if (part.byteLength > KEY_PART_BYTES)
      throw advisoryErrors.row_invalid(`a key of feed ${feed} has a part of ${part.byteLength} bytes`);
    lengths.writeUInt16LE(part.byteLength, at * 2);
  });
  return Buffer.concat([lengths, ...parts]);
}

/** The key and what follows it; `advisories.pack_damaged`. */
export function parseKey(content: Uint8Array): { readonly key: BlockKey; readonly rows: Uint8Array } {
  if (content.byteLength < KEY_LENGTHS_BYTES) throw advisoryErrors.pack_damaged('a key of the pack is cut');
  const view = Buffer.from(content.buffer, content.byteOffset, content.byteLength);
  let at = KEY_LENGTHS_BYTES;
  const parts = [0, 2, 4].map((position) => {
    const end = at + view.readUInt16LE(position);
    const part = end > view.byteLength ? undefined : decodeUtf8(view.subarray(at, end));
    if (part === undefined || part === '')
      throw advisoryErrors.pack_damaged('a key of the pack is malformed');
    at = end;
    return part;
  });
  const [scope, name, feed] = parts as [string, string, string];
  return { key: { scope, name, feed }, rows: view.subarray(at) };
}

/** Frames in order up to the end frame, after which nothing may come. `advisories.pack_damaged`. */
export async function* readFrames(stream: ByteStream): AsyncGenerator<Frame> {
  let waiting: Uint8Array[] = [];
  let waitingBytes = 0;
  let wantedBytes = LENGTH_BYTES;
  let isEnded = false;
  for await (const chunk of stream) {
    if (chunk.byteLength > 0 && isEnded) throw advisoryErrors.pack_damaged('the pack goes on after its end');
    waiting.push(chunk);
    waitingBytes += chunk.byteLength;
    if (waitingBytes < wantedBytes) continue;
    const bytes = Buffer.concat(waiting, waitingBytes);
    let at = 0;
    wantedBytes = LENGTH_BYTES;
    while (bytes.byteLength - at >= LENGTH_BYTES) {
      const frameBytes = LENGTH_BYTES + checkedLength(bytes.readUInt32LE(at));
      wantedBytes = frameBytes;
      if (bytes.byteLength - at < frameBytes) break;
      if (isEnded) throw advisoryErrors.pack_damaged('the pack goes on after its end');
      const frame = readFrame(bytes.subarray(at + LENGTH_BYTES, at + frameBytes));
      isEnded = frame.kind === 'E';
      if (!isEnded) yield frame;
      at += frameBytes;
      wantedBytes = LENGTH_BYTES;
    }
    waiting = [bytes.subarray(at)];
    waitingBytes = bytes.byteLength - at;
  }
  if (!isEnded || waitingBytes > 0) throw advisoryErrors.pack_damaged('the pack ends in the middle');
}

function readFrame(bytes: Uint8Array): Frame {
  const kind = String.fromCharCode(bytes[0] as number);
  if (kind !== 'H' && kind !== 'B' && kind !== 'R' && kind !== 'E')
    throw advisoryErrors.pack_damaged('the pack holds a frame of no known kind');
  return { kind, content: bytes.subarray(1) };
}

function checkedLength(sizeBytes: number): number {
  if (sizeBytes > 0 && sizeBytes <= limits.advisoryBlockBytes) return sizeBytes;
  throw advisoryErrors.pack_damaged(`the pack holds a frame of ${sizeBytes} bytes`);
}
