// Compressed streams: gzip (RFC 1952, several members), zstd (RFC 8878, several and skippable frames), plain.
// Told apart by their first bytes, never by a name or media type. Invariant: expansion is bounded, by ratio and
// in total. node:zlib does the work on the thread pool; it opens nothing.
import { pipeline, type Transform } from 'node:stream';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { type ByteStream, concatBytes } from '../../kit/bytes.ts';
import { isPlimsollError } from '../../kit/error.ts';
import { limits } from '../../kit/limits.ts';
import { archiveErrors } from './errors.ts';

export type Compression = 'plain' | 'gzip' | 'zstd' | 'bzip2' | 'xz';

export interface ExpansionLimits {
  /** Most bytes that may come out. */
  readonly unpackedBytes: number;
  /** Most bytes out per byte in, once `freeBytes` are out. */
  readonly expansion: number;
}

/** Below this a high ratio is no danger, and small files of zeros are common. */
const FREE_BYTES = 64 * 1024 * 1024;
/** Fewer, larger chunks: each costs a turn between the thread pool and the program. */
const CHUNK_BYTES = 256 * 1024;
/** Inflating goes on in the thread pool while the program hashes and reads what came before: a tenth faster. */
const ENGINE = Object.freeze({ chunkSize: CHUNK_BYTES, highWaterMark: 4 * CHUNK_BYTES });
const LAYER_LIMITS: ExpansionLimits = {
  unpackedBytes: limits.layerUnpackedBytes,
  expansion: limits.layerExpansion,
};

/** The compression that the first bytes (6 are enough) tell. */
export function detectCompression(head: Uint8Array): Compression {
  const [a, b, c, d] = head;
  if (a === 0x1f && b === 0x8b) return 'gzip';
  if (a === 0x28 && b === 0xb5 && c === 0x2f && d === 0xfd) return 'zstd';
  if (a !== undefined && a >= 0x50 && a <= 0x5f && b === 0x2a && c === 0x4d && d === 0x18) return 'zstd';
  if (a === 0x42 && b === 0x5a && c === 0x68) return 'bzip2';
  if (a === 0xfd && b === 0x37 && c === 0x7a && d === 0x58) return 'xz';
  return 'plain';
}

/**
 * The uncompressed bytes. Errors of the source come through as they are; its own are `archive.malformed`,
 * `archive.truncated`, `archive.too_large` (a bomb) and `archive.unsupported` (bzip2, xz).
 */
export async function* decompress(
  source: ByteStream,
  bounds: ExpansionLimits = LAYER_LIMITS,
): AsyncGenerator<Uint8Array> {
  const { head, rest, close } = await peek(source);
  const compression = detectCompression(head);
  const counter = { inBytes: 0 };
  if (compression === 'plain')
    yield* guard(rest, counter, { ...bounds, expansion: Number.POSITIVE_INFINITY });
  else if (compression === 'gzip') yield* guard(expand(rest, counter, createGunzip(ENGINE)), counter, bounds);
  else if (compression === 'zstd')
    yield* guard(expand(rest, counter, createZstdDecompress(ENGINE)), counter, bounds);
  else {
    await close();
    throw archiveErrors.unsupported(`the stream is compressed with ${compression}, which is not read`);
  }
}

async function* guard(
  stream: ByteStream,
  counter: { readonly inBytes: number },
  bounds: ExpansionLimits,
): AsyncGenerator<Uint8Array> {
  let outBytes = 0;
  for await (const chunk of stream) {
    outBytes += chunk.byteLength;
    if (outBytes > bounds.unpackedBytes)
      throw archiveErrors.too_large(`the stream unpacks to more than ${bounds.unpackedBytes} bytes`);
    if (outBytes > FREE_BYTES && outBytes > counter.inBytes * bounds.expansion)
      throw archiveErrors.too_large(`the stream unpacks to more than ${bounds.expansion} times its size`);
    yield chunk;
  }
}

async function* expand(
  source: ByteStream,
  counter: { inBytes: number },
  engine: Transform,
): AsyncGenerator<Uint8Array> {
  async function* counted(): AsyncGenerator<Uint8Array> {
    for await (const chunk of source) {
      counter.inBytes += chunk.byteLength;
      yield chunk;
    }
  }
  // The iteration below throws the same error, so the callback has nothing to add.
  pipeline(counted(), engine, () => {});
  try {
    yield* engine as AsyncIterable<Uint8Array>;
  } catch (error) {
    throw asArchiveError(error);
  } finally {
    engine.destroy();
  }
}

function asArchiveError(error: unknown): unknown {
  if (isPlimsollError(error) || !(error instanceof Error)) return error;
  const code = 'code' in error ? String(error.code) : '';
  if (code === 'Z_BUF_ERROR')
    return archiveErrors.truncated('the compressed stream ends in the middle', { cause: error });
  if (code.startsWith('Z_') || code.startsWith('ZSTD_'))
    return archiveErrors.malformed('the compressed stream cannot be unpacked', { cause: error });
  return error;
}

/** The first bytes, and the whole stream from its start. */
async function peek(
  source: ByteStream,
): Promise<{ head: Uint8Array; rest: AsyncGenerator<Uint8Array>; close: () => Promise<void> }> {
  const iterator = source[Symbol.asyncIterator]();
  const first: Uint8Array[] = [];
  let sizeBytes = 0;
  while (sizeBytes < 6) {
    const next = await iterator.next();
    if (next.done) break;
    first.push(next.value);
    sizeBytes += next.value.byteLength;
  }
  const head = concatBytes(first, sizeBytes);
  async function* rest(): AsyncGenerator<Uint8Array> {
    try {
      if (sizeBytes > 0) yield head;
      for (;;) {
        const next = await iterator.next();
        if (next.done) return;
        yield next.value;
      }
    } finally {
      await iterator.return?.();
    }
  }
  return { head, rest: rest(), close: async () => void (await iterator.return?.()) };
}
