// From node:http to the fetch shape that the API and the pages are written in, and back, with
// backpressure both ways. The registry's bytes do not pass here.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import type { Log } from '../../kit/log.ts';
import type { PresentedCertificate } from '../../services/hub/certificates.ts';
import { type PresentedPart, partOf, peerOf } from './tls.ts';

/** `remote` is the address at the other end of the connection, `peer` the certificate that it has shown, `part` the part that it is. */
export type FetchHandler = (
  request: Request,
  remote?: string,
  peer?: PresentedCertificate,
  part?: PresentedPart,
) => Response | Promise<Response>;

/** Serves one request with a fetch handler; a failure is a 500 without its reason, which is logged. */
export async function serveFetch(
  handler: FetchHandler,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  { isContinueDue, log }: { isContinueDue: boolean; log: Log },
): Promise<void> {
  const gone = new AbortController();
  outgoing.on('close', () => {
    if (!outgoing.writableFinished) gone.abort();
  });
  try {
    if (isContinueDue) outgoing.writeContinue();
    const request = toRequest(incoming, gone.signal);
    if (request === undefined) return void outgoing.writeHead(400, { Connection: 'close' }).end();
    const { socket } = incoming;
    const answer = await handler(request, socket.remoteAddress, peerOf(socket), partOf(socket));
    await sendResponse(answer, incoming, outgoing);
  } catch (error) {
    if (gone.signal.aborted) return;
    log.error('a request failed', { method: incoming.method, url: incoming.url, error });
    if (outgoing.headersSent) outgoing.destroy();
    else outgoing.writeHead(500, { 'Content-Length': 0 }).end();
  }
}

/** Undefined where the request's target or host cannot be an address. */
function toRequest(incoming: IncomingMessage, signal: AbortSignal): Request | undefined {
  const { method = 'GET', url = '/', headers: wire } = incoming;
  const base = `${'encrypted' in incoming.socket ? 'https' : 'http'}://${wire.host ?? 'localhost'}`;
  if (!url.startsWith('/') || !URL.canParse(base)) return undefined;
  const headers = new Headers();
  for (const [name, value] of Object.entries(wire)) {
    if (value === undefined || name.startsWith(':')) continue;
    for (const item of Array.isArray(value) ? value : [value]) headers.append(name, item);
  }
  const isBodiless = method === 'GET' || method === 'HEAD';
  const body = isBodiless ? {} : { body: Readable.toWeb(incoming), duplex: 'half' };
  // Written together rather than resolved: `//host/path` stays a path.
  return new Request(new URL(base).origin + url, { method, headers, signal, ...body } as RequestInit);
}

async function sendResponse(
  response: Response,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  const headers: Record<string, string | string[]> = Object.create(null);
  for (const [name, value] of response.headers) if (name !== 'set-cookie') headers[name] = value;
  const cookies = response.headers.getSetCookie();
  if (cookies.length > 0) headers['set-cookie'] = cookies;
  // A body that the handler did not want is not waited for.
  if (!incoming.complete && !incoming.readableEnded && incoming.method !== 'GET')
    headers.connection = 'close';
  outgoing.writeHead(response.status, headers);
  if (response.body === null || incoming.method === 'HEAD') {
    await response.body?.cancel();
    outgoing.end();
    return;
  }
  outgoing.flushHeaders();
  await pipeline(Readable.fromWeb(response.body as ReadableStream), outgoing);
}
