// A blob's bytes as one stream over several answers: where a connection breaks amid a blob, the rest is asked
// for from there (RFC 9110 §14 ranges). Bytes never repeat and never miss; nothing is verified but the size,
// so the digest has to be checked over the whole by the reader (verify.ts).
import { Readable } from 'node:stream';
import { isPlimsollError } from '../../../kit/error.ts';
import { netErrors } from '../../net/errors.ts';
import { endBody } from '../../net/fetch.ts';
import type { HttpAnswer } from '../../net/http.ts';
import { imageErrors } from '../errors.ts';

/** A broken line is tried thrice more; one that breaks a fourth time will not carry the blob. */
const RESUMES = 3;

/**
 * The bytes from `offsetBytes` to `sizeBytes`. `ask` requests them from an offset and answers 200 or 206.
 * The stream fails with `images.damaged` where the size is another, or with the last `net.*` failure.
 */
export async function openBlobStream(
  blob: { readonly name: string; readonly sizeBytes: number; readonly offsetBytes: number },
  ask: (offsetBytes: number) => Promise<HttpAnswer>,
): Promise<Readable> {
  const first = checkRange(await ask(blob.offsetBytes), blob, blob.offsetBytes);
  return Readable.from(pieces(), { objectMode: false });

  async function* pieces(): AsyncGenerator<Uint8Array> {
    let answer = first;
    let at = blob.offsetBytes;
    for (let resumes = 0; ; resumes += 1) {
      try {
        for await (const chunk of rest(answer, at)) {
          at += chunk.byteLength;
          if (at > blob.sizeBytes) throw wrongSize(blob, 'more');
          yield chunk;
        }
        if (at < blob.sizeBytes) throw netErrors.broken_off(`${blob.name} ended after ${at} bytes`);
        return;
      } catch (error) {
        if (!isPlimsollError(error, { kind: 'unavailable' })) throw error;
        if (at === blob.sizeBytes) return;
        if (resumes >= RESUMES) throw error;
      } finally {
        answer.body.destroy();
      }
      answer = checkRange(await ask(at), blob, at);
    }
  }
}

function checkRange(
  answer: HttpAnswer,
  blob: { readonly name: string; readonly sizeBytes: number },
  at: number,
): HttpAnswer {
  const start = /^bytes (\d{1,16})-/.exec(answer.headers['content-range'] ?? '')?.[1];
  const length = answer.headers['content-length'];
  const expected = answer.status === 206 ? blob.sizeBytes - at : blob.sizeBytes;
  const isMoved = answer.status === 206 && Number(start) !== at;
  if (!isMoved && (length === undefined || Number(length) === expected)) return answer;
  endBody(answer.body);
  if (isMoved) throw imageErrors.damaged(`${blob.name}: asked from byte ${at}, the answer begins elsewhere`);
  throw wrongSize(blob, String(length));
}

/** Without what was read before, where the server sends the whole again. */
async function* rest(answer: HttpAnswer, at: number): AsyncGenerator<Uint8Array> {
  let skip = answer.status === 206 ? 0 : at;
  for await (const chunk of answer.body as AsyncIterable<Uint8Array>) {
    if (skip >= chunk.byteLength) skip -= chunk.byteLength;
    else if (skip === 0) yield chunk;
    else {
      yield chunk.subarray(skip);
      skip = 0;
    }
  }
}

function wrongSize(blob: { readonly name: string; readonly sizeBytes: number }, found: string): Error {
  return imageErrors.damaged(`${blob.name} should have ${blob.sizeBytes} bytes, the registry sends ${found}`);
}
