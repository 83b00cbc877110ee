// Hands a request on to the process that owns everything, over a socket in a folder that only this user enters, and
// its answer back, both as streams. What says who sent it (address, scheme) is written here anew, so that the owner
// may believe it; what belongs to one connection alone stays here (RFC 9110 §7.6.1).
import {
  Agent,
  type ClientRequest,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type ServerResponse,
  request as send,
} from 'node:http';
import { pipeline } from 'node:stream';
import { limits } from '../../../kit/limits.ts';
import { addressOf } from '../address.ts';
import { hasBody } from '../exchange.ts';

/** Answers a request with what the owner answers; never throws. Where the owner is away: 503. */
export type Forward = (request: IncomingMessage, response: ServerResponse, isContinueDue: boolean) => void;

export interface ForwardParts {
  /** Where the owner listens. */
  readonly socketPath: string;
  /** Whether X-Forwarded-* come from an own proxy; else they are whatever a client wrote, and dropped. */
  readonly isProxyTrusted: boolean;
}

export function createForward({ socketPath, isProxyTrusted }: ForwardParts): Forward {
  const agent = new Agent({ keepAlive: true, maxFreeSockets: 64, timeout: limits.bodyIdleMs });
  return (request, response, isContinueDue) => {
    const { method, url } = request;
    const headers = headersOf(request, isProxyTrusted);
    const onward = send({ socketPath, agent, method, path: url, headers, setHost: false });
    let isHeldBack = isContinueDue;
    // A client's leave ends the work for it. Where it was answered early it still sends, and the owner still reads.
    response.on('close', () => {
      if (!response.writableFinished) onward.destroy();
    });
    onward.on('error', () => {
      if (response.writableFinished) request.socket.destroy();
      else refuse(response);
    });
    onward.on('continue', () => {
      isHeldBack = false;
      response.writeContinue();
    });
    onward.on('response', (answer) => giveBack(answer, response, isHeldBack));
    if (hasBody(request)) sendBody(request, onward, isContinueDue);
    else onward.end();
  };
}

function sendBody(request: IncomingMessage, onward: ClientRequest, isContinueDue: boolean): void {
  // The client waits for the owner's word before it sends anything.
  if (isContinueDue) onward.flushHeaders();
  request.on('error', () => onward.destroy());
  // Of a body that ends in the middle nothing more is waited for.
  const leave = (): void => void onward.destroy();
  request.socket.once('close', leave);
  onward.once('close', () => request.socket.off('close', leave));
  // No more than a pipe: whoever refuses a body has to be heard while it is still being sent.
  request.pipe(onward);
}

/** `isHeldBack`: the client holds its body back and may never send it, so that its connection cannot be used again. */
function giveBack(answer: IncomingMessage, response: ServerResponse, isHeldBack: boolean): void {
  const closing = isHeldBack ? { connection: 'close' } : {};
  response.writeHead(answer.statusCode ?? 502, { ...withoutHops(answer), ...closing });
  pipeline(answer, response, (error) => {
    // An answer that was cut must not look whole.
    if (error) response.destroy();
  });
}

function refuse(response: ServerResponse): void {
  if (response.headersSent || response.destroyed) return void response.destroy();
  const text = 'The server is starting or ending; try again in a moment.\n';
  response.writeHead(503, {
    'Content-Type': 'text/plain; charset=utf-8',
    'Retry-After': 1,
    Connection: 'close',
  });
  response.end(text);
}

const HOPS: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

function headersOf(request: IncomingMessage, isProxyTrusted: boolean): OutgoingHttpHeaders {
  const { headers, socket } = request;
  const onward = withoutHops(request);
  const { 'x-forwarded-for': forwardedFor, 'x-forwarded-proto': proto } = headers;
  if (!isProxyTrusted) delete onward['x-forwarded-host'];
  onward['x-forwarded-for'] = addressOf(socket.remoteAddress, forwardedFor, isProxyTrusted);
  onward['x-forwarded-proto'] =
    isProxyTrusted && proto !== undefined ? proto : 'encrypted' in socket ? 'https' : 'http';
  // A body of unknown length stays one.
  if (headers['transfer-encoding'] !== undefined) onward['transfer-encoding'] = 'chunked';
  return onward;
}

/** Headers by their names in lower case, those that came more than once as lists. */
function withoutHops({ headersDistinct, headers }: IncomingMessage): OutgoingHttpHeaders {
  const dropped = new Set((headers.connection ?? '').toLowerCase().split(/ *, */));
  const kept: OutgoingHttpHeaders = {};
  for (const [name, values] of Object.entries(headersDistinct))
    if (!HOPS.has(name) && !dropped.has(name) && values !== undefined)
      kept[name] = values.length === 1 ? values[0] : values;
  return kept;
}
