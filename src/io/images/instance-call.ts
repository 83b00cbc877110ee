// One call of a Plimsoll instance's API with the login that is stored for its host. The answer comes back as it is,
// refusals too; https but for loopback and hosts that are named as insecure.
import { collectBytes, decodeUtf8 } from '../../kit/bytes.ts';
import { type Json, parseJson } from '../../kit/json.ts';
import { limits } from '../../kit/limits.ts';
import type { Http } from '../net/http.ts';
import type { Credential } from './credentials.ts';
import { imageErrors } from './errors.ts';

export interface InstanceCall {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** From the root: `/api/v1/…`. */
  readonly path: string;
  /** Sent as JSON. */
  readonly body?: Json;
}

export interface InstanceAnswer {
  readonly status: number;
  readonly value: Json;
}

/** `images.registry_failed` for what is no JSON, and the `net.*` codes. A write is never repeated. */
export async function callInstance(
  deps: { readonly http: Http; readonly signal?: AbortSignal },
  host: string,
  credential: Credential | undefined,
  call: InstanceCall,
): Promise<InstanceAnswer> {
  const plain = new URL(`http://${host}`);
  const url = new URL(call.path, deps.http.allowsPlaintext(plain) ? plain : `https://${host}`);
  const answer = await deps.http.request({
    url,
    method: call.method,
    headers: {
      accept: 'application/json',
      ...authorizationOf(credential),
      ...(call.body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    redirects: 'manual',
    limitBytes: limits.registryAnswerBytes,
    ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
    ...(deps.signal === undefined ? {} : { signal: deps.signal }),
  });
  const bytes = await collectBytes(answer.body, limits.registryAnswerBytes, imageErrors.damaged);
  const value = parseJson(decodeUtf8(bytes) ?? '');
  if (value === undefined)
    throw imageErrors.registry_failed(`${url.origin} is not a Plimsoll instance, or one of another version`);
  return { status: answer.status, value };
}

function authorizationOf(credential: Credential | undefined): Readonly<Record<string, string>> {
  if (credential === undefined) return {};
  if (credential.kind !== 'password') return { authorization: `Bearer ${credential.token}` };
  const pair = `${credential.username}:${credential.password}`;
  return { authorization: `Basic ${Buffer.from(pair).toString('base64')}` };
}
