// The API of a Plimsoll instance, asked with the login that docker's and podman's files hold for its host. Over
// the same scheme as its registry; redirects are not followed, so that the login goes nowhere else.
import { collectBytes } from '../../kit/bytes.ts';
import { endBody } from '../net/fetch.ts';
import type { HttpAnswer } from '../net/http.ts';
import { imageErrors } from './errors.ts';
import { type ConnectionDeps, findOrigin } from './registry/connection.ts';
import { registryFailure } from './registry/failure.ts';

export interface InstanceCall {
  /** GET where absent. */
  readonly method?: 'PATCH' | 'DELETE';
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
}

/** Nothing is sent before the first call. */
export function createInstanceClient(host: string, deps: Omit<ConnectionDeps, 'clock'>): InstanceClient {
  let opened: Promise<{ origin: URL; authorization?: string }> | undefined;

  const open = async () => {
    const [origin, login] = await Promise.all([findOrigin(host, deps), deps.credential(host)]);
    if (login?.kind !== 'password') return { origin };
    const pair = Buffer.from(`${login.username}:${login.password}`).toString('base64');
    return { origin, authorization: `Basic ${pair}` };
  };

  return {
    host,
    async send({ method = 'GET', path, body, limitBytes }) {
      opened ??= open();
      const { origin, authorization } = await opened.catch((error: unknown) => {
        opened = undefined;
        throw error;
      });
      const request = {
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
      const answer =
        method === 'GET' ? await deps.http.requestWithRetry(request) : await deps.http.request(request);
      return readAnswer(answer, path.replace(/\?.*$/, ''), limitBytes);
    },
  };
}

async function readAnswer(answer: HttpAnswer, what: string, limitBytes: number): Promise<Uint8Array> {
  if (answer.status === 200) return collectBytes(answer.body, limitBytes, imageErrors.registry_failed);
  if (answer.status < 300 || answer.status >= 400) throw await registryFailure(answer, what);
  endBody(answer.body);
  throw imageErrors.registry_failed(
    `${answer.url.host}${what} leads elsewhere, with ${answer.status}: name the host itself`,
  );
}
