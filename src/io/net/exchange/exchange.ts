// One request and its answer on one connection. No redirect, and no retry but one: a kept-alive connection
// that the server had closed meanwhile is replaced where the method is idempotent (RFC 9110 §9.2.2).
import type { Agent, ClientRequest, IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { limits } from '../../../kit/limits.ts';
import { netErrors } from '../errors.ts';
import type { HttpAnswer, HttpBody } from '../http.ts';
import { createAnswerBody } from './answer-body.ts';
import { netFailure } from './failure.ts';
import { loadHttp, loadHttps } from './node-http.ts';

export interface ExchangeRequest {
  readonly url: URL;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: HttpBody;
  readonly agent: Agent;
  /** For the second try: connects anew. */
  readonly freshAgent: Agent;
  readonly authorities?: readonly string[];
  /** What is shown to a server that asks for a certificate; PEM. */
  readonly client?: { readonly certificate: string; readonly key: string };
  /** Where the connection goes instead of to the URL's host, which stays what is asked for. */
  readonly place?: { readonly hostname: string; readonly port: number };
  readonly timeoutMs: number;
  readonly limitBytes: number;
  readonly signal?: AbortSignal;
}

/** Resolves at the answer's head. Codes as `Http.request` lists them; an abort throws the signal's reason. */
export async function exchange(wanted: ExchangeRequest): Promise<HttpAnswer> {
  for (let fresh = false; ; fresh = true) {
    wanted.signal?.throwIfAborted();
    const answer = await attempt(wanted, fresh);
    if (answer !== 'stale') return answer;
  }
}

async function attempt(wanted: ExchangeRequest, fresh: boolean): Promise<HttpAnswer | 'stale'> {
  const name = `${wanted.url.origin}${wanted.url.pathname}`;
  const request = openRequest(wanted, fresh);
  const watch = createWatch(request, wanted, name);
  let sending: Readable | undefined;
  try {
    const answered = new Promise<IncomingMessage>((resolve, reject) => {
      request.once('response', resolve);
      request.once('error', reject);
      request.once('close', () => reject(netErrors.unreachable(`${name} closed the connection unanswered`)));
    });
    // The sender may fail first; the answer's own failure is then of no interest.
    answered.catch(() => {});
    if (wanted.body === undefined || typeof wanted.body === 'string' || wanted.body instanceof Uint8Array) {
      request.end(wanted.body);
      watch.due();
    } else {
      sending = await wanted.body.open();
      const sent = sendStream(request, sending, watch);
      sent.catch(() => {});
      await Promise.race([answered, sent]);
    }
    const message = await answered;
    watch.end();
    return createAnswer(message, request, wanted, name, sending);
  } catch (error) {
    watch.end();
    request.destroy();
    sending?.destroy();
    if (wanted.signal?.aborted === true) throw wanted.signal.reason;
    if (!fresh && request.reusedSocket && isReset(error) && isIdempotent(wanted.method)) return 'stale';
    throw netFailure(error, name);
  }
}

function openRequest(wanted: ExchangeRequest, fresh: boolean): ClientRequest {
  const { url, method, body, authorities, client } = wanted;
  const secure = url.protocol === 'https:';
  const sizeBytes =
    body === undefined
      ? undefined
      : typeof body === 'string'
        ? Buffer.byteLength(body)
        : body instanceof Uint8Array
          ? body.byteLength
          : body.sizeBytes;
  const needsLength = sizeBytes === undefined && body === undefined && method !== 'GET' && method !== 'HEAD';
  const length = needsLength ? 0 : sizeBytes;
  const request = (secure ? loadHttps() : loadHttp()).request(url, {
    method,
    ...(wanted.place ?? {}),
    headers: {
      ...wanted.headers,
      ...(wanted.place === undefined ? {} : { host: url.host }),
      ...(length === undefined ? {} : { 'content-length': String(length) }),
    },
    agent: fresh ? wanted.freshAgent : wanted.agent,
    maxHeaderSize: limits.answerHeadBytes,
    ...(secure && authorities !== undefined ? { ca: [...authorities] } : {}),
    ...(secure && client !== undefined ? { cert: client.certificate, key: client.key } : {}),
  });
  request.on('error', () => {});
  return request;
}

/** Keeps the two clocks of a request: making the connection, and silence while the other side is due. */
interface Watch {
  /** From now on the other side is due. */
  due(): void;
  /** The next move is ours. */
  ours(): void;
  end(): void;
}

function createWatch(request: ClientRequest, wanted: ExchangeRequest, name: string): Watch {
  const connectMs = Math.min(limits.connectMs, wanted.timeoutMs);
  let silence: NodeJS.Timeout | undefined;
  let due = false;
  let connected = false;
  const connecting = setTimeout(() => {
    request.destroy(
      netErrors.timed_out(`no connection to ${wanted.url.origin} within ${connectMs / 1000} s`),
    );
  }, connectMs);
  const arm = (): void => {
    clearTimeout(silence);
    if (!due || !connected) return;
    silence = setTimeout(() => {
      request.destroy(netErrors.timed_out(`${name} gave no answer for ${wanted.timeoutMs / 1000} s`));
    }, wanted.timeoutMs);
  };
  const reached = (): void => {
    clearTimeout(connecting);
    connected = true;
    arm();
  };
  request.once('socket', (socket) => {
    if (!socket.connecting) reached();
    else socket.once(wanted.url.protocol === 'https:' ? 'secureConnect' : 'connect', reached);
  });
  const aborted = (): void => {
    request.destroy(new Error('aborted'));
  };
  wanted.signal?.addEventListener('abort', aborted, { once: true });
  return {
    due() {
      due = true;
      arm();
    },
    ours() {
      due = false;
      clearTimeout(silence);
    },
    end() {
      connected = false;
      clearTimeout(connecting);
      clearTimeout(silence);
      wanted.signal?.removeEventListener('abort', aborted);
    },
  };
}

/** Writes the stream out, held back by the connection; the source's own error ends the request and is thrown. */
async function sendStream(request: ClientRequest, source: Readable, watch: Watch): Promise<void> {
  for await (const chunk of source) {
    if (request.destroyed) return;
    if (request.write(chunk)) continue;
    watch.due();
    await drained(request);
    watch.ours();
  }
  request.end();
  watch.due();
}

/** Until the connection takes more, or is gone. */
function drained(request: ClientRequest): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      request.off('drain', done);
      request.off('close', done);
      resolve();
    };
    request.on('drain', done);
    request.on('close', done);
  });
}

function createAnswer(
  message: IncomingMessage,
  request: ClientRequest,
  wanted: ExchangeRequest,
  name: string,
  sending: Readable | undefined,
): HttpAnswer {
  const headers: Record<string, string> = Object.create(null);
  for (const [key, values] of Object.entries(message.headersDistinct))
    headers[key] = values?.join(', ') ?? '';
  const body = createAnswerBody(message, {
    name,
    limitBytes: wanted.limitBytes,
    timeoutMs: wanted.timeoutMs,
    ...(wanted.signal === undefined ? {} : { signal: wanted.signal }),
    closed() {
      // Answered before all was sent: the rest is of no use and the connection cannot carry another request.
      sending?.destroy();
      if (!request.writableFinished) request.destroy();
    },
  });
  return { status: message.statusCode ?? 0, headers, body, url: wanted.url };
}

function isIdempotent(method: string): boolean {
  return method !== 'POST' && method !== 'PATCH';
}

function isReset(error: unknown): boolean {
  const code = (error as { code?: unknown } | undefined)?.code;
  return code === 'ECONNRESET' || code === 'EPIPE';
}
