// The HTTP server, over TLS where it is given certificates: /v2 and /token on raw node:http, all else through a fetch
// handler (hono's shape).
// A long upload or download is never cut for being long, only for standing still. It ends by draining:
// no new connections, running requests finish, and what is still there after the limit is closed.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Server as SecureServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { limits } from '../../kit/limits.ts';
import type { Log } from '../../kit/log.ts';
import { type Crowd, type CrowdWish, createCrowd, hardMost } from './crowd.ts';
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
  /** Other processes listen on the same port (SO_REUSEPORT), and the kernel spreads connections over them. */
  readonly isShared?: boolean;
  /** In place of host and port: a socket in the file system. */
  readonly socketPath?: string;
  readonly registry: RawHandler;
  /** Absent: all goes to `registry`. */
  readonly site?: FetchHandler;
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
  /** What is waited for, and how many may wait. */
  readonly patience?: Partial<Patience>;
}

export interface Patience extends CrowdWish {
  /** A request's head is there within this, from the opening of its connection or its own first byte. */
  readonly headMs: number;
  /** A connection without a request is kept this long. */
  readonly idleMs: number;
}

const usualPatience: Patience = Object.freeze({
  headMs: limits.requestHeadMs,
  idleMs: limits.keepAliveMs,
  most: limits.connections,
  settledMs: limits.connectionSettledMs,
  pace: Object.freeze({ bytes: limits.bodyWindowBytes, windowMs: limits.bodyIdleMs }),
});

export interface RunningServer extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
  /** `http://127.0.0.1:1876`, https with TLS; a wildcard address is shown as localhost. */
  readonly url: string;
  /** True from the first moment of draining: for /readyz. */
  readonly isDraining: boolean;
  /** Connections that were ended so that others are served, by reason. */
  readonly ended: Crowd['ended'];
  /** Takes other certificates for new connections; only of a server with TLS. */
  renewTls?(material: TlsMaterial): void;
  /** Drains; safe to call twice. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** After its connection was closed, a handler gets this long to keep what an upload had received. */
const ABANDON_MS = 2_000;

function ignore(): void {}

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
    response.on('error', ignore);
    const { socket } = request;
    response.on('close', () => {
      parts.traffic?.note(request, response);
      crowd.end(socket);
      if (draining !== undefined) server.closeIdleConnections();
      else if (tls?.isRetired(socket) === true) socket.end();
    });
    // Parts come without a proxy: what such headers say, the part has written itself.
    if (parts.tls?.isForParts === true)
      for (const name of Object.keys(request.headers))
        if (name.startsWith('x-forwarded-')) delete request.headers[name];
    if (!crowd.begin(request, response)) return;
    if (parts.requestLimit?.admit(request, response) === false) return;
    if (isEnding(socket)) response.setHeader('Connection', 'close');
    const answer = (): Promise<void> | void =>
      parts.site === undefined || isRegistryUrl(request.url ?? '/')
        ? parts.registry(request, response, isContinueDue)
        : serveFetch(parts.site, request, response, { isContinueDue, log: parts.log });
    const work = awaited === undefined ? answer() : awaited.then(answer);
    // Answered from memory: nothing is left to wait for.
    if (work === undefined) return;
    const settled = work.catch((error: unknown) => {
      parts.log.error('a request handler failed', { error });
      response.destroy();
    });
    running.add(settled);
    void settled.finally(() => running.delete(settled));
  };

  const patience = { ...usualPatience, ...parts.patience };
  const crowd = createCrowd(patience);
  const options = {
    maxHeaderSize: limits.requestHeadBytes,
    noDelay: true,
    // How often Node looks for heads that are late.
    connectionsCheckingInterval: Math.max(1, Math.ceil(patience.headMs / 4)),
  };
  const tls = parts.tls === undefined ? undefined : createTlsListener(parts.tls, options);
  const server = tls?.server ?? createServer(options);
  setPatience(server, patience);
  server.on(tls === undefined ? 'connection' : 'secureConnection', crowd.join);
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
    crowd[Symbol.dispose]();
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
    ended: crowd.ended,
    ...(tls === undefined ? {} : { renewTls: tls.renew }),
    [Symbol.asyncDispose]() {
      draining ??= drain();
      return draining;
    },
  };
}

function setPatience(server: Server | SecureServer, { headMs, idleMs, most }: Patience): void {
  server.headersTimeout = headMs;
  // Neither a whole request nor its silence is bounded but how slowly it moves while the client is due (crowd.ts).
  server.requestTimeout = 0;
  server.timeout = 0;
  server.keepAliveTimeout = idleMs;
  server.maxConnections = hardMost(most);
  server.maxHeadersCount = 100;
}

function listen(server: Server | SecureServer, parts: ServerParts): Promise<AddressInfo> {
  const { host, port, socketPath, isShared = false } = parts;
  return new Promise((resolve, reject) => {
    const onError = (cause: NodeJS.ErrnoException): void => {
      const reason = LISTEN_REASONS[cause.code ?? ''] ?? cause.message;
      reject(httpErrors.address_unusable(`cannot listen on ${host}:${port}: ${reason}`, { cause }));
    };
    server.once('error', onError);
    const where = socketPath === undefined ? { host, port, reusePort: isShared } : { path: socketPath };
    server.listen(where, () => {
      server.off('error', onError);
      const address = server.address();
      resolve(
        typeof address === 'object' && address !== null ? address : { address: host, family: 'IPv4', port },
      );
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
