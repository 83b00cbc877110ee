// The one question to an instance about a part's certificate, and what its refusals mean here.
import { type KeyObject, sign } from 'node:crypto';
import { formatPartProof, type PartProof } from '../../formats/spiffe/part-proof.ts';
import { collectBytes, decodeUtf8 } from '../../kit/bytes.ts';
import type { ErrorFactory } from '../../kit/error.ts';
import { isJsonObject, parseJson } from '../../kit/json.ts';
import { limits } from '../../kit/limits.ts';
import type { Http } from '../net/http.ts';
import { partFilesErrors } from './errors.ts';
import { type PartAnswer, parsePartAnswer } from './part-answer.ts';

/** ECDSA with SHA-256, DER, in base64. */
export function signProof(key: KeyObject, proof: PartProof): string {
  return sign('sha256', formatPartProof(proof), key).toString('base64');
}

/**
 * Never asked twice by itself. `partfiles.superseded`, `partfiles.lapsed`, `partfiles.refused` with the instance's own
 * words, `partfiles.unavailable`, `partfiles.answer_untrusted`, and the `net.*` codes.
 */
export async function askCertificate(
  { http, signal }: { readonly http: Http; readonly signal?: AbortSignal },
  url: string,
  body: Readonly<Record<string, string>>,
): Promise<PartAnswer> {
  const answer = await http.request({
    url,
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify(body),
    // What is sent is for this instance alone.
    redirects: 'manual',
    timeoutMs: limits.partAnswerMs,
    limitBytes: limits.partFileBytes,
    ...(signal === undefined ? {} : { signal }),
  });
  const bytes = await collectBytes(answer.body, limits.partFileBytes, partFilesErrors.answer_untrusted);
  if (answer.status === 200 || answer.status === 201) return parsePartAnswer(bytes);
  throw refusal(answer.status, bytes, new URL(url).host);
}

const MEANINGS: Readonly<Record<string, ErrorFactory>> = Object.freeze(
  Object.assign(Object.create(null), {
    'parts.holder_superseded': partFilesErrors.superseded,
    'parts.lapsed': partFilesErrors.lapsed,
  }),
);

function refusal(status: number, bytes: Uint8Array, host: string): Error {
  const value = parseJson(decodeUtf8(bytes) ?? '');
  const { code, detail } = isJsonObject(value) ? value : {};
  const words = typeof detail === 'string' ? `: ${detail.slice(0, 500)}` : '';
  const said = `${host} answers ${status}${words}${typeof code === 'string' ? ` (${code.slice(0, 80)})` : ''}`;
  if (status >= 500 || status === 429 || status === 408) return partFilesErrors.unavailable(said);
  return ((typeof code === 'string' && MEANINGS[code]) || partFilesErrors.refused)(said);
}
