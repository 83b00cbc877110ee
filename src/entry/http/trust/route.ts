// One shape for what is served below /trust: a path, a method and an answer. A path that ends in `/*` is all below it.
// Failures are thrown and become problem details where all of the site's do.
import { collectBytes, decodeUtf8 } from '../../../kit/bytes.ts';
import { parseJson } from '../../../kit/json.ts';
import { limits } from '../../../kit/limits.ts';
import { httpErrors } from '../errors.ts';

export interface TrustCall {
  readonly request: Request;
  /** Behind the path's `/*`. */
  readonly rest: string;
  /** Who asks, as far as its address tells: what limits count by. */
  readonly network: string;
}

export interface TrustRoute {
  readonly method: 'GET' | 'POST';
  /** `/trust/log/checkpoint`, `/trust/tuf/*`. */
  readonly path: string;
  answer(call: TrustCall): Promise<Response>;
}

/** Whole; `http.body_too_large`. */
export async function readTrustBody(request: Request): Promise<Uint8Array> {
  const sent = (request.body ?? []) as AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
  return collectBytes(sent, limits.trustRequestBytes, httpErrors.body_too_large);
}

/** JSON of any shape; `http.body_invalid`, `http.body_too_large`. */
export async function readTrustJson(request: Request): Promise<unknown> {
  const text = decodeUtf8(await readTrustBody(request));
  const value = text === undefined ? undefined : parseJson(text);
  if (value === undefined) throw httpErrors.body_invalid('the body is not JSON');
  return value;
}

/** `status` 200 where absent; never cached unless `headers` say so. */
export function answerWith(
  body: Uint8Array | string,
  mediaType: string,
  {
    status = 200,
    headers = {},
  }: { readonly status?: number; readonly headers?: Record<string, string> } = {},
): Response {
  const all = { 'content-type': mediaType, 'cache-control': 'no-cache', ...headers };
  return new Response(body as Uint8Array<ArrayBuffer> | string, { status, headers: all });
}

export function answerJson(value: unknown): Response {
  return answerWith(JSON.stringify(value), 'application/json');
}
