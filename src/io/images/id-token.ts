// The identity token of the CI job that this runs in: from PLIMSOLL_ID_TOKEN, where GitLab and others put it, or from
// GitHub's runner, which makes one for each audience that it is asked for. The token is a secret while it lives.
import { collectBytes, decodeUtf8 } from '../../kit/bytes.ts';
import { isJsonObject, parseJson } from '../../kit/json.ts';
import { limits } from '../../kit/limits.ts';
import { endBody } from '../net/fetch.ts';
import type { Http } from '../net/http.ts';
import { imageErrors } from './errors.ts';

/** Undefined where this is no such job; `images.registry_failed` where the runner gives none, and the `net.*` codes. */
export async function readIdToken(
  deps: { readonly http: Http; readonly signal?: AbortSignal },
  env: Readonly<Record<string, string | undefined>>,
  audience: string,
): Promise<string | undefined> {
  const given = env.PLIMSOLL_ID_TOKEN?.trim();
  if (given !== undefined && given !== '') return given;
  const { ACTIONS_ID_TOKEN_REQUEST_URL: place, ACTIONS_ID_TOKEN_REQUEST_TOKEN: secret } = env;
  if (!place || !secret || !URL.canParse(place)) return undefined;
  const url = new URL(place);
  url.searchParams.set('audience', audience);
  const answer = await deps.http.requestWithRetry({
    url,
    headers: { accept: 'application/json', authorization: `Bearer ${secret}` },
    redirects: 'manual',
    limitBytes: limits.issuerAnswerBytes,
    timeoutMs: limits.issuerAnswerMs,
    ...(deps.signal === undefined ? {} : { signal: deps.signal }),
  });
  if (answer.status !== 200) {
    endBody(answer.body);
    throw imageErrors.registry_failed(
      `the runner at ${url.origin} answered ${answer.status} to a wish for an identity token`,
    );
  }
  const bytes = await collectBytes(answer.body, limits.issuerAnswerBytes, imageErrors.damaged);
  const value = parseJson(decodeUtf8(bytes) ?? '');
  if (isJsonObject(value) && typeof value.value === 'string') return value.value;
  throw imageErrors.registry_failed(`the runner at ${url.origin} answered without an identity token`);
}
