// The one HTTP client of the product, over node:http and node:https with kept-alive connections.
// A status is never an error; silence, broken connections, hostile redirects and oversized answers are.
// Redirects are followed within a bound, and Authorization is never carried to another origin.
// It keeps no cookies, no cache, and reads nothing from the environment.
import type { Readable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import type { Clock, Random } from '../../kit/clock.ts';
import { isPlimsollError } from '../../kit/error.ts';
import { limits } from '../../kit/limits.ts';
import type { Log } from '../../kit/log.ts';
import { netErrors } from './errors.ts';
import { createAgents } from './exchange/agents.ts';
import { exchange } from './exchange/exchange.ts';
import { isNoSuchHost, partFailure } from './exchange/failure.ts';
import type { Http, HttpAnswer, HttpRequest, ProxySettings } from './http.ts';
import { isLoopbackHost } from './loopback.ts';
import type { PartRoute, PartRoutes } from './part-route.ts';
import { createAddressCheck } from './private-address.ts';
import { backoffMs, isRetryStatus, parseRetryAfter, usualRetryPlan } from './retry.ts';

export interface HttpDeps {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly userAgent: string;
  readonly proxy?: ProxySettings;
  /** A PEM file of certificate authorities trusted beside the usual ones. */
  readonly authorityFile?: string;
  /** Folders of docker's and podman's shape with a folder HOST[:PORT] each; the first that has a host is taken. */
  readonly certificateFolders?: readonly string[];
  /** Hosts, as `name` or `name:port`, to which plain http is accepted; loopback always is. */
  readonly insecureHosts?: readonly string[];
  /** Plain http to any host: for answers that are signed themselves, and prove themselves whoever passed them on. */
  readonly takesPlaintext?: boolean;
  /**
   * Connects to public addresses alone, never through a proxy (which would resolve names by itself): for addresses
   * that somebody else gave. Another address is `net.address_private`.
   */
  readonly isPublicOnly?: boolean;
  /** Hosts that this process is a part of: they are asked by its certificate, and shown no login. */
  readonly parts?: PartRoutes;
  /** How to wait between tries; tests hand in their own. */
  readonly wait?: (delayMs: number, signal?: AbortSignal) => Promise<void>;
}

/** The client. Dispose it to close the connections that it keeps alive. */
export function createHttp(deps: HttpDeps): Http {
  const isPublicOnly = deps.isPublicOnly === true;
  const addresses = createAddressCheck();
  const agents = createAgents({
    isPublicOnly,
    ...(deps.proxy === undefined || isPublicOnly ? {} : { proxy: deps.proxy }),
    ...(deps.authorityFile === undefined ? {} : { authorityFile: deps.authorityFile }),
    ...(deps.certificateFolders === undefined ? {} : { certificateFolders: deps.certificateFolders }),
    now: deps.clock.now,
  });
  const insecure = new Set((deps.insecureHosts ?? []).map((host) => host.toLowerCase()));
  const wait = deps.wait ?? ((delayMs, signal) => pause(delayMs, undefined, signal ? { signal } : {}));

  const allowsPlaintext = (url: URL): boolean =>
    deps.parts?.has(url.host) !== true &&
    (deps.takesPlaintext === true ||
      isLoopbackHost(url.hostname) ||
      insecure.has(url.host) ||
      insecure.has(url.hostname));

  const send = async (request: HttpRequest, url: URL, part: PartRoute | undefined): Promise<HttpAnswer> => {
    const route = part === undefined ? agents.choose(url) : agents.chooseAsPart(url, part);
    const { agent, freshAgent, authorities, client, place } = await route;
    return exchange({
      url,
      method: request.method ?? 'GET',
      headers: {
        'user-agent': deps.userAgent,
        'accept-encoding': 'identity',
        ...(part === undefined ? request.headers : withoutLogin(request.headers)),
      },
      agent,
      freshAgent,
      ...(place === undefined ? {} : { place }),
      timeoutMs: request.timeoutMs ?? limits.answerIdleMs,
      limitBytes: request.limitBytes ?? Number.POSITIVE_INFINITY,
      ...(authorities === undefined ? {} : { authorities }),
      ...(client === undefined ? {} : { client }),
      ...(request.body === undefined ? {} : { body: request.body }),
      ...(request.signal === undefined ? {} : { signal: request.signal }),
    });
  };

  const request = async (wanted: HttpRequest): Promise<HttpAnswer> => {
    let step: HttpRequest = wanted;
    let url = parseAddress(wanted.url);
    const { origin } = url;
    for (let hops = 0; ; hops += 1) {
      // A literal address is never looked up, so the agents' own check does not see it.
      if (isPublicOnly && (addresses.isPrivate(url.hostname) || isLoopbackHost(url.hostname)))
        throw netErrors.address_private(`${url.hostname} is not a public address`);
      if (url.protocol === 'http:' && !allowsPlaintext(url))
        throw netErrors.plaintext_refused(
          deps.parts?.has(url.host) === true
            ? `${url.origin} is plain http, and this is a part of it, which is spoken to over TLS alone`
            : `${url.origin} is plain http and not named as insecure`,
        );
      // Who is led here by another server asks as nobody, as a browser shows no login to where a stranger's link leads.
      const isOwn = wanted.isForeign !== true && url.origin === origin && url.protocol === 'https:';
      const part = isOwn ? await deps.parts?.find(url.host) : undefined;
      const answer = await send(step, url, part).catch((error: unknown) => {
        throw part === undefined ? error : partFailure(error, url.host, part);
      });
      const location = answer.headers.location;
      if (!isRedirect(answer.status) || location === undefined || wanted.redirects === 'manual')
        return answer;
      endBody(answer.body);
      if (hops >= limits.redirects)
        throw netErrors.redirect_refused(`${wanted.url} redirects more than ${limits.redirects} times`);
      const next = redirectTarget(location, url);
      step = redirected(step, answer.status, next.origin === url.origin);
      url = next;
    }
  };

  const requestWithRetry = async (wanted: HttpRequest, plan = usualRetryPlan): Promise<HttpAnswer> => {
    for (let attempt = 1; ; attempt += 1) {
      const last = attempt >= plan.attempts;
      let delayMs = backoffMs(attempt, plan, deps.random);
      let why: string;
      try {
        const answer = await request(wanted);
        const asked = parseRetryAfter(answer.headers['retry-after'], deps.clock.now());
        if (last || !isRetryStatus(answer.status) || (asked ?? 0) > plan.longestMs) return answer;
        endBody(answer.body);
        delayMs = asked ?? delayMs;
        why = `status ${answer.status}`;
      } catch (error) {
        if (last || !isPlimsollError(error, { kind: 'unavailable' }) || isNoSuchHost(error)) throw error;
        why = error.code;
      }
      deps.log.debug('asking again', { url: String(wanted.url).split('?', 1)[0], attempt, delayMs, why });
      await wait(delayMs, wanted.signal);
    }
  };

  return {
    request,
    requestWithRetry,
    allowsPlaintext,
    [Symbol.asyncDispose]: async () => agents.close(),
  };
}

/** Lets go of an answer's body: what has come is dropped, and the connection is closed if more is due. */
export function endBody(body: Readable): void {
  body.on('error', () => {});
  if (body.readableEnded) return;
  let sizeBytes = 0;
  // A short rest is read so that the connection can be used again; a long one is not worth it.
  body.on('data', (chunk: Uint8Array) => {
    sizeBytes += chunk.byteLength;
    if (sizeBytes > limits.restBytes) body.destroy();
  });
}

const LOGIN_HEADERS: ReadonlySet<string> = new Set(['authorization', 'cookie', 'proxy-authorization']);

function parseAddress(address: string | URL): URL {
  const url = typeof address === 'string' ? (URL.parse(address) ?? undefined) : address;
  if (url === undefined || (url.protocol !== 'https:' && url.protocol !== 'http:') || url.hostname === '')
    throw netErrors.address_invalid(`"${String(address).slice(0, 200)}" is not an http or https address`);
  return url;
}

/** Who a part is says its certificate, and nothing else. */
function withoutLogin(headers: HttpRequest['headers']): HttpRequest['headers'] {
  return dropHeaders(headers, LOGIN_HEADERS);
}

function dropHeaders(headers: HttpRequest['headers'], names: ReadonlySet<string>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers ?? {}).filter(([name]) => !names.has(name.toLowerCase())));
}

function isRedirect(status: number): boolean {
  return status === 301 || status === 302 || status === 303 || status === 307 || status === 308;
}

function redirectTarget(location: string, from: URL): URL {
  const next = URL.parse(location, from);
  if (next === null || (next.protocol !== 'https:' && next.protocol !== 'http:'))
    throw netErrors.redirect_refused(
      `${from.origin} redirects to "${location.slice(0, 200)}", no web address`,
    );
  if (from.protocol === 'https:' && next.protocol === 'http:')
    throw netErrors.redirect_refused(`${from.origin} redirects from https to plain ${next.origin}`);
  return next;
}

/** RFC 9110 §15.4: 303 always, and 301 and 302 after POST, become GET; secrets stay with their origin. */
function redirected(step: HttpRequest, status: number, sameOrigin: boolean): HttpRequest {
  const method = step.method ?? 'GET';
  const becomesGet =
    (status === 303 && method !== 'HEAD') || ((status === 301 || status === 302) && method === 'POST');
  const dropped = new Set(sameOrigin ? [] : LOGIN_HEADERS);
  if (becomesGet) for (const name of ['content-type', 'content-length']) dropped.add(name);
  const headers = dropHeaders(step.headers, dropped);
  if (!becomesGet) return { ...step, headers };
  const { body: _, ...rest } = step;
  return { ...rest, method: 'GET', headers };
}
