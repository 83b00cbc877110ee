// Byte ranges on the wire. Pure.
// Of blobs: `Range: bytes=a-b`, `a-`, `-n` (RFC 9110 §14.1.2); several ranges at once are answered
// with the whole, as the RFC allows. Of upload chunks: `Content-Range: a-b`, without a unit (distribution-spec).
import type { ByteRange } from '../../../io/blobs/store.ts';
import { httpErrors } from '../errors.ts';

/** The part that is asked for, undefined for the whole; `http.range_unsatisfiable` where no byte of it exists. */
export function parseByteRange(header: string | undefined, sizeBytes: number): ByteRange | undefined {
  const [, first, last] = /^bytes=\s*(\d*)-(\d*)\s*$/.exec(header ?? '') ?? [];
  if (first === undefined || last === undefined || (first === '' && last === '')) return undefined;
  const start = first === '' ? Math.max(0, sizeBytes - Number(last)) : Number(first);
  const end = first === '' || last === '' ? sizeBytes - 1 : Math.min(Number(last), sizeBytes - 1);
  // One test for all that holds no byte: beyond the end, backwards, `-0`, anything of an empty blob.
  if (start > end) throw httpErrors.range_unsatisfiable(`the blob has ${sizeBytes} bytes, not ${header}`);
  return { start, end };
}

/** `Content-Range` of a 206. */
export function formatContentRange(range: ByteRange, sizeBytes: number): string {
  return `bytes ${range.start}-${range.end}/${sizeBytes}`;
}

/** The range of an upload's chunk, undefined where none is said; `http.range_unsatisfiable`, `http.length_wrong`. */
export function parseChunkRange(
  header: string | undefined,
  lengthBytes: number | undefined,
): ByteRange | undefined {
  if (header === undefined) return undefined;
  const [, first, last] = /^(\d{1,15})-(\d{1,15})$/.exec(header.trim()) ?? [];
  const range = { start: Number(first), end: Number(last) };
  if (first === undefined || last === undefined || range.end < range.start)
    throw httpErrors.range_unsatisfiable(`Content-Range "${header.slice(0, 40)}" is not first-last`);
  if (lengthBytes !== undefined && lengthBytes !== range.end - range.start + 1)
    throw httpErrors.length_wrong(`Content-Range is ${header}, but Content-Length is ${lengthBytes}`);
  return range;
}

/** The `Range` of an upload's status: the specification has no spelling for nothing yet, clients expect 0-0. */
export function formatUploadRange(sizeBytes: number): string {
  return `0-${Math.max(0, sizeBytes - 1)}`;
}
