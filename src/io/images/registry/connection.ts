// The way to one registry: which scheme it speaks, and requests that log in when they are asked to.
// Hosts named as insecure are tried over https first, then over plain http, as docker does; loopback, where nobody
// listens in between, the other way round: most registries there have no certificate.
// Authorization is sent to the registry's own origin alone.
import type { Clock } from '../../../kit/clock.ts';
import { isPlimsollError } from '../../../kit/error.ts';
import { limits } from '../../../kit/limits.ts';
import { endBody } from '../../net/fetch.ts';
import type { Http, HttpAnswer, HttpBody } from '../../net/http.ts';
import { isLoopbackHost } from '../../net/loopback.ts';
import type { Credential } from '../credentials.ts';
import { imageErrors } from '../errors.ts';
import { type Authorizer, createAuthorizer, type Need } from './authorizer.ts';

export interface RegistryCall {
  readonly need: Need;
  /** Below the registry's address (`/v2/...`), or a whole address that the registry gave. */
  readonly target: string | URL;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: HttpBody;
  readonly limitBytes?: number;
  readonly timeoutMs?: number;
  /** False where repeating needs more than sending the same again. */
  readonly retry?: boolean;
}

export interface RegistryConnection {
  /** As people write it, e.g. `docker.io`. */
  readonly host: string;
  send(call: RegistryCall): Promise<HttpAnswer>;
}

export interface ConnectionDeps {
  readonly http: Http;
  readonly clock: Clock;
  /** The login for this registry and repository; asked only when the registry wants one. */
  readonly credential: (host: string, repository?: string) => Promise<Credential | undefined>;
  /** Ends everything under way. */
  readonly signal?: AbortSignal;
}

/** Opens nothing yet; the first request finds the scheme. */
export function createConnection(host: string, deps: ConnectionDeps): RegistryConnection {
  let opened: Promise<{ origin: URL; authorizer: Authorizer }> | undefined;

  const open = async () => {
    const origin = await findOrigin(host, deps);
    const credential = (repository?: string) => deps.credential(host, repository);
    return { origin, authorizer: createAuthorizer({ ...deps, origin, credential }) };
  };

  return {
    host,
    async send(call) {
      opened ??= open();
      const { origin, authorizer } = await opened.catch((error: unknown) => {
        opened = undefined;
        throw error;
      });
      const url = new URL(call.target, origin);
      const own = url.origin === origin.origin;
      if (origin.protocol === 'https:' && url.protocol !== 'https:')
        throw imageErrors.address_refused(`${host} sends to ${url.origin}, which is not https`);
      for (let round = 0; ; round += 1) {
        const authorization = own ? await authorizer.header(call.need) : undefined;
        const answer = await deliver(deps, call, url, own ? { authorization } : { isForeign: true });
        const asksUs = answer.status === 401 && answer.url.origin === origin.origin && own;
        if (!asksUs || round > 0 || !(await authorizer.learn(answer, call.need, authorization)))
          return answer;
        endBody(answer.body);
      }
    },
  };
}

function deliver(
  deps: ConnectionDeps,
  call: RegistryCall,
  url: URL,
  {
    authorization,
    isForeign = false,
  }: { readonly authorization?: string | undefined; readonly isForeign?: boolean },
): Promise<HttpAnswer> {
  const request = {
    url,
    method: call.method ?? 'GET',
    headers: { ...call.headers, ...(authorization === undefined ? {} : { authorization }) },
    isForeign,
    ...(call.body === undefined ? {} : { body: call.body }),
    ...(call.limitBytes === undefined ? {} : { limitBytes: call.limitBytes }),
    ...(call.timeoutMs === undefined ? {} : { timeoutMs: call.timeoutMs }),
    ...(deps.signal === undefined ? {} : { signal: deps.signal }),
  };
  return call.retry === false ? deps.http.request(request) : deps.http.requestWithRetry(request);
}

/** The address that the host is reached at. */
export async function findOrigin(host: string, deps: Pick<ConnectionDeps, 'http' | 'signal'>): Promise<URL> {
  // Docker Hub's registry has another name than its images.
  const address = host === 'docker.io' ? 'registry-1.docker.io' : host;
  const secure = new URL(`https://${address}`);
  const plain = new URL(`http://${address}`);
  if (!deps.http.allowsPlaintext(plain)) return secure;
  if (isLoopbackHost(plain.hostname) && (await isRegistry(plain, deps))) return plain;
  try {
    await probe(secure, deps);
    return secure;
  } catch (error) {
    // A port that speaks TLS with a bad certificate must not be spoken to in the clear instead.
    if (!isPlimsollError(error) || error.kind !== 'unavailable') throw error;
    return plain;
  }
}

/** What wants TLS refuses the plain question, or sends it elsewhere. */
async function isRegistry(origin: URL, deps: Pick<ConnectionDeps, 'http' | 'signal'>): Promise<boolean> {
  try {
    return [200, 401].includes(await probe(origin, deps));
  } catch (error) {
    if (!isPlimsollError(error)) throw error;
    return false;
  }
}

/** The status that the registry's own address answers with. */
async function probe(origin: URL, deps: Pick<ConnectionDeps, 'http' | 'signal'>): Promise<number> {
  const answer = await deps.http.request({
    url: new URL('/v2/', origin),
    timeoutMs: PROBE_MS,
    limitBytes: limits.registryAnswerBytes,
    redirects: 'manual',
    ...(deps.signal === undefined ? {} : { signal: deps.signal }),
  });
  endBody(answer.body);
  return answer.status;
}

/** Either kind of server answers the other's greeting at once with an error; a mute one is not waited for. */
const PROBE_MS = 3_000;
