// A Plimsoll instance's API, with the login that docker keeps for its host: for what no registry protocol has words for
// (storage, undeleting). What it answers is a claim of that instance; callers check what they take from it.
import { collectBytes, decodeUtf8 } from '../../kit/bytes.ts';
import { type Json, parseJson } from '../../kit/json.ts';
import { limits } from '../../kit/limits.ts';
import type { Http } from '../net/http.ts';
import type { Credential } from './credentials.ts';
import { imageErrors } from './errors.ts';
import { registryFailure } from './registry/failure.ts';

export interface InstanceQuestion {
  readonly method: 'GET' | 'POST';
  /** With its query: `/api/v1/storage`. */
  readonly path: string;
  readonly body?: Json;
}

/**
 * Asks the instance at `origin`. `images.unauthenticated`, `images.denied`, `images.missing` and what else its status
 * says; `images.registry_failed` for an answer that is no JSON; the `net.*` codes. Only a question is asked again.
 */
export async function askInstanceApi(
  http: Http,
  origin: string,
  question: InstanceQuestion,
  options: { readonly credential?: Credential | undefined; readonly signal?: AbortSignal } = {},
): Promise<Json> {
  const url = new URL(question.path, origin);
  const { credential, signal } = options;
  const login =
    credential?.kind === 'password'
      ? Buffer.from(`${credential.username}:${credential.password}`).toString('base64')
      : undefined;
  const request = {
    url,
    method: question.method,
    headers: {
      ...(login === undefined ? {} : { authorization: `Basic ${login}` }),
      ...(question.body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(question.body === undefined ? {} : { body: JSON.stringify(question.body) }),
    limitBytes: limits.registryAnswerBytes,
    ...(signal === undefined ? {} : { signal }),
  };
  const answer = await (question.method === 'GET' ? http.requestWithRetry(request) : http.request(request));
  if (answer.status < 200 || answer.status > 299)
    throw await registryFailure(answer, `${question.method} ${url.pathname}`);
  const bytes = await collectBytes(answer.body, limits.registryAnswerBytes, imageErrors.damaged);
  const value = parseJson(decodeUtf8(bytes) ?? '');
  if (value === undefined)
    throw imageErrors.registry_failed(`${url.origin} is not a Plimsoll instance, or one of another version`);
  return value;
}
