// Bytes: collecting with a limit, and saying sizes to people.
import type { ErrorFactory } from './error.ts';

/** A stream of byte chunks, pulled; the one stream shape of the engines and formats floors. */
export type ByteStream = AsyncIterable<Uint8Array>;

/**
 * All bytes of a stream, at most `limitBytes`; the next byte throws `tooLarge` and ends the stream.
 */
export async function collectBytes(
  stream: ByteStream | Iterable<Uint8Array>,
  limitBytes: number,
  tooLarge: ErrorFactory,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const chunk of stream) {
    sizeBytes += chunk.byteLength;
    if (sizeBytes > limitBytes) throw tooLarge(`more than ${formatSize(limitBytes)}`);
    chunks.push(chunk);
  }
  return concatBytes(chunks, sizeBytes);
}

/** Joins chunks; a single chunk is returned as it is, not copied. */
export function concatBytes(chunks: readonly Uint8Array[], sizeBytes?: number): Uint8Array {
  if (chunks.length === 1) return chunks[0] as Uint8Array;
  return Buffer.concat(chunks, sizeBytes);
}

/** Strict UTF-8 or undefined: hostile text is never silently repaired. */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** A size for people, decimal units as docker prints them: `61.2 MB`. */
export function formatSize(sizeBytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = sizeBytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const digits = unit === 0 || value >= 100 ? 0 : 1;
  return `${value.toFixed(digits)} ${units[unit]}`;
}
