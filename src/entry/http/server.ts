// The HTTP server, over TLS where it is given certificates: /v2 and /token on raw node:http, all else through a fetch
// handler (hono's shape).
// A long upload or download is never cut for being long, only for being silent. It ends by draining:
// no new connections, running requests finish, and what is still there after the limit is closed.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Server as SecureServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { limits } from '../../kit/limits.ts';
import type { Log } from '../../kit/log.ts';
import { httpErrors } from './errors.ts';
import type { RawHandler } from './exchange.ts';
import { type FetchHandler, serveFetch } from './fetch-bridge.ts';
import type { RequestLimit } from './request-limit.ts';
import { isRegistryUrl } from './router.ts';
import { createTlsListener, type TlsMaterial, type TlsParts } from './tls.ts';
import type { Traffic } from './traffic.ts';

export interface ServerParts {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  readonly registry: RawHandler;
  readonly site: FetchHandler;
  readonly log: Log;
  /** Absent: an address may send as many requests as it likes. */
  readonly requestLimit?: RequestLimit;
  /** Counts what goes over the wire. */
  readonly traffic?: Traffic;
  /** Absent: plain HTTP. */
  readonly tls?: TlsParts;
  /** What must be there before the first answer; requests wait for it. */
  readonly ready?: Promise<unknown>;
  readonly drainMs?: number;
}

export interface RunningServer extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
  /** `http://127.0.0.1:1876`, https with TLS; a wildcard address is shown as localhost. */
  readonly url: string;
  /** True from the first moment of draining: for /readyz. */
  readonly isDraining: boolean;
  /** Takes other certificates for new connections; only of a server with TLS. */
  renewTls?(material: TlsMaterial): void;
  /** Drains; safe to call twice. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** After its connection was closed, a handler gets this long to keep what an upload had received. */
const ABANDON_MS = 2_000;

/** Listens, or throws `http.address_unusable` naming the address. */
export async function startServer(parts: ServerParts): Promise<RunningServer> {
  const running = new Set<Promise<void>>();
  let draining: Promise<void> | undefined;
  let awaited = parts.ready;
  const isReady = (): void => {
    awaited = undefined;
  };
  awaited?.then(isReady, isReady);

  const isEnding = (socket: Socket): boolean => draining !== undefined || tls?.isRetired(socket) === true;

  const handle = (request: IncomingMessage, response: ServerResponse, isContinueDue: boolean): void => {
    // A socket that breaks under a response is the client's leave, not an error of ours.
    response.on('error', () => {});
    if (parts.traffic !== undefined) response.on('close', () => parts.traffic?.note(request, response));
    if (parts.requestLimit?.admit(request, response) === false) return;
    if (isEnding(request.socket)) response.setHeader('Connection', 'close');
    const answer = (): Promise<void> =>
      isRegistryUrl(request.url ?? '/')
        ? parts.registry(request, response, isContinueDue)
        : serveFetch(parts.site, request, response, { isContinueDue, log: parts.log });
    const work = awaited === undefined ? answer() : awaited.then(answer);
    const settled = work.catch((error: unknown) => {
      parts.log.error('a request handler failed', { error });
      response.destroy();
    });
    running.add(settled);
    void settled.finally(() => running.delete(settled));
    response.on('close', () => {
      if (draining !== undefined) server.closeIdleConnections();
      else if (tls?.isRetired(request.socket) === true) request.socket.end();
    });
  };

  const options = { maxHeaderSize: limits.requestHeadBytes, noDelay: true };
  const tls = parts.tls === undefined ? undefined : createTlsListener(parts.tls, options);
  const server = tls?.server ?? createServer(options);
  setTimeouts(server);
  if (parts.traffic !== undefined) server.on('connection', parts.traffic.watch);
  server.on('request', (request, response) => handle(request, response, false));
  server.on('checkContinue', (request, response) => handle(request, response, true));
  tls?.server.on('tlsClientError', (error, { remoteAddress }) =>
    parts.log.debug('a TLS handshake failed', { reason: error.message, remoteAddress }),
  );
  const address = await listen(server, parts);

  const drain = async (): Promise<void> => {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    server.closeIdleConnections();
    const finished = closed.then(() => Promise.all(running));
    const drainMs = parts.drainMs ?? limits.drainMs;
    const deadline = setTimeout(() => server.closeAllConnections(), drainMs);
    // A handler that does not end with its connection must not keep the process.
    const abandoned = Promise.withResolvers<void>();
    const last = setTimeout(abandoned.resolve, drainMs + ABANDON_MS);
    await Promise.race([finished, abandoned.promise]);
    clearTimeout(deadline);
    clearTimeout(last);
  };

  return {
    host: address.address,
    port: address.port,
    url: formatUrl(address, tls === undefined ? 'http' : 'https'),
    get isDraining() {
      return draining !== undefined;
    },
    ...(tls === undefined ? {} : { renewTls: tls.renew }),
    [Symbol.asyncDispose]() {
      draining ??= drain();
      return draining;
    },
  };
}

function setTimeouts(server: Server | SecureServer): void {
  server.headersTimeout = limits.requestHeadMs;
  // Not the whole request but the silence within it is bounded.
  server.requestTimeout = 0;
  server.timeout = limits.bodyIdleMs;
  server.keepAliveTimeout = limits.keepAliveMs;
  server.maxHeadersCount = 100;
}

function listen(server: Server | SecureServer, { host, port }: ServerParts): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    const onError = (cause: NodeJS.ErrnoException): void => {
      const reason = LISTEN_REASONS[cause.code ?? ''] ?? cause.message;
      reject(httpErrors.address_unusable(`cannot listen on ${host}:${port}: ${reason}`, { cause }));
    };
    server.once('error', onError);
    server.listen({ host, port }, () => {
      server.off('error', onError);
      resolve(server.address() as AddressInfo);
    });
  });
}

const LISTEN_REASONS: Readonly<Record<string, string>> = Object.freeze({
  EADDRINUSE: 'another program listens there',
  EACCES: 'this user may not open that port',
  EADDRNOTAVAIL: 'this machine has no such address',
  ENOTFOUND: 'no such host is known',
});

function formatUrl({ address, family, port }: AddressInfo, scheme: 'http' | 'https'): string {
  if (address === '0.0.0.0' || address === '::') return `${scheme}://localhost:${port}`;
  return `${scheme}://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
}
