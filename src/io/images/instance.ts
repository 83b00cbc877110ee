// The API of a Plimsoll instance, asked with the login that docker's and podman's files hold for its host. Over
// the same scheme as its registry; redirects are not followed, so that the login goes nowhere else.
import { collectBytes, decodeUtf8 } from '../../kit/bytes.ts';
import { type Json, parseJson } from '../../kit/json.ts';
import { endBody } from '../net/fetch.ts';
import type { HttpAnswer } from '../net/http.ts';
import type { Credential } from './credentials.ts';
import { imageErrors } from './errors.ts';
import { type ConnectionDeps, findOrigin } from './registry/connection.ts';
import { registryFailure } from './registry/failure.ts';

export interface InstanceCall {
  /** GET where absent. */
  readonly method?: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** Below the instance's address, as `/api/v1/tag-log`. */
  readonly path: string;
  /** Sent as JSON. */
  readonly body?: unknown;
  readonly limitBytes: number;
}

export interface InstanceClient {
  /** As in a reference: `127.0.0.1:1876`. */
  readonly host: string;
  /**
   * The bytes of a good answer. `images.missing`, `images.unauthenticated`, `images.denied`, `images.limited`,
   * `images.registry_refused`, `images.registry_failed` with the instance's own words; the `net.*` codes.
   */
  send(call: InstanceCall): Promise<Uint8Array>;
  /** The answer whatever its status, as JSON: for what says itself why it refuses. `images.registry_failed`, `net.*` */
  ask(call: InstanceCall): Promise<InstanceAnswer>;
}

export interface InstanceAnswer {
  readonly status: number;
  readonly value: Json;
}

/** Nothing is sent before the first call. */
export function createInstanceClient(host: string, deps: Omit<ConnectionDeps, 'clock'>): InstanceClient {
  let opened: Promise<{ origin: URL; authorization?: string }> | undefined;

  const open = async () => {
    const [origin, login] = await Promise.all([findOrigin(host, deps), deps.credential(host)]);
    return { origin, ...authorizationOf(login) };
  };

  async function request({ method = 'GET', path, body, limitBytes }: InstanceCall): Promise<HttpAnswer> {
    opened ??= open();
    const { origin, authorization } = await opened.catch((error: unknown) => {
      opened = undefined;
      throw error;
    });
    const wanted = {
      url: new URL(path, origin),
      method,
      redirects: 'manual' as const,
      limitBytes,
      headers: {
        accept: '*/*',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(authorization === undefined ? {} : { authorization }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(deps.signal === undefined ? {} : { signal: deps.signal }),
    };
    // A deletion that came through and whose answer was lost would be missing at its second try.
    return method === 'GET' ? deps.http.requestWithRetry(wanted) : deps.http.request(wanted);
  }

  return {
    host,
    send: async (call) => readAnswer(await request(call), call.path.replace(/\?.*$/, ''), call.limitBytes),
    async ask(call) {
      const answer = await request(call);
      const bytes = await collectBytes(answer.body, call.limitBytes, imageErrors.damaged);
      const value = parseJson(decodeUtf8(bytes) ?? '');
      if (value !== undefined) return { status: answer.status, value };
      throw imageErrors.registry_failed(`${host} is not a Plimsoll instance, or one of another version`);
    },
  };
}

function authorizationOf(login: Credential | undefined): { readonly authorization?: string } {
  if (login === undefined) return {};
  if (login.kind !== 'password') return { authorization: `Bearer ${login.token}` };
  const pair = Buffer.from(`${login.username}:${login.password}`).toString('base64');
  return { authorization: `Basic ${pair}` };
}

async function readAnswer(answer: HttpAnswer, what: string, limitBytes: number): Promise<Uint8Array> {
  if (answer.status === 200) return collectBytes(answer.body, limitBytes, imageErrors.registry_failed);
  if (answer.status < 300 || answer.status >= 400) throw await registryFailure(answer, what);
  endBody(answer.body);
  throw imageErrors.registry_failed(
    `${answer.url.host}${what} leads elsewhere, with ${answer.status}: name the host itself`,
  );
}
