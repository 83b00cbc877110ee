// One request and its response on raw node:http, and the few moves that routes make with them.
// Keeps: a refused body is read to its end or its connection is closed, so that it is never mistaken
// for the next request; a client that waits for `100 Continue` gets it
// only when its body is really wanted.
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { ByteStream } from '../../kit/bytes.ts';
import { limits } from '../../kit/limits.ts';
import { queryOf } from './router.ts';

export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly query: URLSearchParams;
  /** Added to every answer, e.g. by the guard for a challenge. */
  readonly headers: OutgoingHttpHeaders;
  /** The client sent `Expect: 100-continue` and has not been answered. */
  isContinueDue: boolean;
}

/** A handler of raw requests, which may have answered when it returns; never throws, never rejects. */
export type RawHandler = (
  request: IncomingMessage,
  response: ServerResponse,
  isContinueDue: boolean,
) => Promise<void> | void;

export function createExchange(
  request: IncomingMessage,
  response: ServerResponse,
  isContinueDue: boolean,
): Exchange {
  const headers = { 'Docker-Distribution-API-Version': 'registry/2.0' };
  let query: URLSearchParams | undefined;
  return {
    request,
    response,
    // Most requests have none, and most routes ask for none.
    get query() {
      query ??= queryOf(request.url ?? '/');
      return query;
    },
    headers,
    isContinueDue,
  };
}

/** Whether the request carries a body, empty ones left out. */
export function hasBody(request: IncomingMessage): boolean {
  return request.headers['transfer-encoding'] !== undefined || (declaredLength(request) ?? 0) > 0;
}

/** Content-Length in bytes, undefined where it is not said; Node has checked its form. */
export function declaredLength(request: IncomingMessage): number | undefined {
  const text = request.headers['content-length'];
  return text === undefined ? undefined : Number(text);
}

/** The request's bytes. A reader that stops early leaves the connection whole, so that it can be answered. */
export function bodyOf(exchange: Exchange): ByteStream {
  return {
    [Symbol.asyncIterator]() {
      sendContinue(exchange);
      return exchange.request.iterator({ destroyOnReturn: false }) as AsyncIterator<Uint8Array>;
    },
  };
}

/** Lets a client that waits for `100 Continue` send its body. */
function sendContinue(exchange: Exchange): void {
  if (!exchange.isContinueDue) return;
  exchange.isContinueDue = false;
  exchange.response.writeContinue();
}

/** Answers with bytes already in memory, or with nothing; on HEAD only the headers go out. */
export function answer(
  exchange: Exchange,
  status: number,
  headers: OutgoingHttpHeaders,
  body?: Uint8Array | string,
): void {
  const { response } = exchange;
  response.writeHead(status, {
    ...exchange.headers,
    ...closing(exchange),
    // 204 has no length, and 304 not this one (RFC 9110 §8.6).
    ...(status === 204 || status === 304
      ? {}
      : { 'Content-Length': body === undefined ? 0 : Buffer.byteLength(body) }),
    ...headers,
  });
  response.end(body);
}

export function answerJson(
  exchange: Exchange,
  status: number,
  value: unknown,
  headers: OutgoingHttpHeaders = {},
): void {
  answer(exchange, status, { 'Content-Type': 'application/json', ...headers }, JSON.stringify(value));
}

/**
 * What becomes of a body that nobody has read. Cutting the connection at once would reset it, and the
 * client, still sending, might never see the answer; so the rest is thrown away, up to a limit.
 */
function closing({ request, isContinueDue }: Exchange): OutgoingHttpHeaders {
  if (request.complete || !hasBody(request)) return {};
  // The client holds its body back and may never send it: the connection cannot be used again.
  if (isContinueDue) return { Connection: 'close' };
  let discardedBytes = 0;
  request.on('data', (chunk: Uint8Array) => {
    discardedBytes += chunk.byteLength;
    if (discardedBytes > limits.discardedBodyBytes) request.socket.destroy();
  });
  request.on('error', () => {});
  request.resume();
  return {};
}
