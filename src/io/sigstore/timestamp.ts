// A client of a timestamp authority (RFC 3161 §3.4, over HTTP): the time at which a signature was there. Only its hash
// is sent. That the token is of this hash and of this question (its nonce) is checked at once, so that an old answer is
// not taken for a new one; whether its authority is believed, by who verifies.
import { hash } from 'node:crypto';
import type { MessageHash } from '../../formats/x509/algorithm.ts';
import { hashOids } from '../../formats/x509/algorithm-identifier.ts';
import { formatTimestampRequest } from '../../formats/x509/timestamp-request.ts';
import { parseTimestampToken, type TimestampToken } from '../../formats/x509/timestamp-token.ts';
import type { Random } from '../../kit/clock.ts';
import { describeError } from '../../kit/error.ts';
import { limits } from '../../kit/limits.ts';
import { signingErrors } from './errors.ts';
import { askService, refusalOf, type ServiceDeps } from './exchange.ts';

/** As long as OpenSSL's: no answer fits two questions. */
const NONCE_BYTES = 8;

export interface StampDeps extends ServiceDeps {
  /** For nonces. */
  readonly random: Random;
}

/** TimeStampResp, DER. `signing.service_failed`, `signing.answer_invalid` */
export async function requestTimestamp(
  deps: StampDeps,
  url: string,
  signature: Uint8Array,
  name: MessageHash = 'sha256',
): Promise<Uint8Array> {
  const imprint = hash(name, signature, 'buffer');
  const nonce = createNonce(deps.random.bytes(NONCE_BYTES));
  const answer = await askService(deps, {
    url: new URL(url),
    headers: { accept: 'application/timestamp-reply', 'content-type': 'application/timestamp-query' },
    body: formatTimestampRequest({ hash: name, imprint, nonce, wantsCertificate: true }),
  });
  if (answer.status !== 200 && answer.status !== 201)
    throw signingErrors.service_failed(`the timestamp authority ${url}: ${refusalOf(answer)}`);
  if (answer.bytes.byteLength > limits.timestampBytes)
    throw signingErrors.answer_invalid(`the timestamp of ${url} is over ${limits.timestampBytes} bytes`);
  const token = read(answer.bytes, url);
  if (token.imprint.algorithm !== hashOids[name] || !isSame(token.imprint.hash, imprint))
    throw signingErrors.answer_invalid(`the timestamp of ${url} is of something else than was asked`);
  if (token.nonce === undefined || !isSame(token.nonce, nonce))
    throw signingErrors.answer_invalid(
      `the timestamp of ${url} answers another question than was asked: its nonce is not ours`,
    );
  return answer.bytes;
}

/** A positive number of exactly as many bytes, so that it comes back as it was written. */
function createNonce(bytes: Uint8Array): Uint8Array {
  const [first = 0, ...rest] = bytes;
  return Uint8Array.of((first & 0x3f) | 0x40, ...rest);
}

function read(bytes: Uint8Array, url: string): TimestampToken {
  try {
    return parseTimestampToken(bytes);
  } catch (cause) {
    throw signingErrors.answer_invalid(`${url} gave no timestamp: ${describeError(cause)}`, { cause });
  }
}

function isSame(one: Uint8Array, other: Uint8Array): boolean {
  return Buffer.compare(one, other) === 0;
}
