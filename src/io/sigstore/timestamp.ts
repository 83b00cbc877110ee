// A client of a timestamp authority (RFC 3161 §3.4, over HTTP): the time at which a signature was there. Only its hash
// is sent. That the token is of this hash is checked at once; whether its authority is believed, by who verifies.
import { hash } from 'node:crypto';
import { formatTimestampRequest } from '../../formats/x509/timestamp-request.ts';
import { parseTimestampToken } from '../../formats/x509/timestamp-token.ts';
import { describeError } from '../../kit/error.ts';
import { limits } from '../../kit/limits.ts';
import { signingErrors } from './errors.ts';
import { askService, refusalOf, type ServiceDeps } from './exchange.ts';

/** TimeStampResp, DER. `signing.service_failed`, `signing.answer_invalid` */
export async function requestTimestamp(
  deps: ServiceDeps,
  url: string,
  signature: Uint8Array,
): Promise<Uint8Array> {
  const imprint = hash('sha256', signature, 'buffer');
  const answer = await askService(deps, {
    url: new URL(url),
    headers: { accept: 'application/timestamp-reply', 'content-type': 'application/timestamp-query' },
    body: formatTimestampRequest({ hash: 'sha256', imprint, wantsCertificate: true }),
  });
  if (answer.status !== 200 && answer.status !== 201)
    throw signingErrors.service_failed(`the timestamp authority ${url}: ${refusalOf(answer)}`);
  if (answer.bytes.byteLength > limits.timestampBytes || !isOf(answer.bytes, imprint, url))
    throw signingErrors.answer_invalid(`the timestamp of ${url} is of something else than was asked`);
  return answer.bytes;
}

function isOf(bytes: Uint8Array, imprint: Uint8Array, url: string): boolean {
  try {
    return Buffer.compare(parseTimestampToken(bytes).imprint.hash, imprint) === 0;
  } catch (cause) {
    throw signingErrors.answer_invalid(`${url} gave no timestamp: ${describeError(cause)}`, { cause });
  }
}
