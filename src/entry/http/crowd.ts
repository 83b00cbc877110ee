// The connections of the server, as many as there may be, and the patience with each: a body or an answer that all but
// stands still is cut off, and where there is no room the connections that were idle longest make it. A client that is
// slow but moves is never cut off, and neither is one that waits for the server. What a request costs here is a look
// into a map; a sweep looks at all of them every so often.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { isRegistryUrl } from './router.ts';

/** What moves at least: so many bytes within a window. */
export interface Pace {
  readonly bytes: number;
  readonly windowMs: number;
}

export interface CrowdWish {
  /** Connections that are served at once. */
  readonly most: number;
  readonly pace: Pace;
  /** An idle connection that is younger than this is probably between two requests of one pull, and stays. */
  readonly settledMs: number;
}

export interface Crowd extends Disposable {
  /** A connection was opened. Where no other makes room for it, its requests are refused. */
  join(socket: Socket): void;
  /** A request began; false where it was answered with 503, since its connection is one too many. */
  begin(request: IncomingMessage, response: ServerResponse): boolean;
  /** It ended. */
  end(socket: Socket): void;
  /** Connections that were ended, by reason. */
  readonly ended: Readonly<Record<'idle' | 'stalled' | 'refused', number>>;
}

/** Beyond those that are served: enough that each of a burst is told why. Above, the kernel's connection is closed at once. */
export function hardMost(most: number): number {
  return most + Math.max(64, Math.ceil(most / 20));
}

/** Part of all connections that makes room at once, so that a flood does not cost a look at all for each of its drops. */
const ROOM_SHARE = 100;
/** Looks within a window: one that stalls is noticed within a quarter more than it. */
const LOOKS = 4;
/** A client that is refused comes back then. */
const RETRY_SECONDS = 5;

interface Member {
  readonly socket: Socket;
  /** With pipelining the last of those under way; undefined while none is. */
  request: IncomingMessage | undefined;
  running: number;
  isRefused: boolean;
  idleSince: number;
  /** Where the window began: when, and how much had passed by then. */
  windowAt: number;
  windowBytes: number;
}

export function createCrowd({ most, pace, settledMs }: CrowdWish): Crowd {
  const members = new Map<Socket, Member>();
  const ended = { idle: 0, stalled: 0, refused: 0 };
  let served = 0;

  const lookMs = Math.max(1, pace.windowMs / LOOKS);
  let lookedAt = performance.now();
  const sweep = (): void => {
    const now = performance.now();
    // Where this process had no time itself, what clients sent meanwhile has not come in yet.
    const isLate = now - lookedAt > 2 * lookMs;
    lookedAt = now;
    for (const member of members.values()) {
      const moved = movedBytes(member);
      // Nothing is due from this client: what was slow before does not count against it.
      if (moved === undefined) member.windowAt = Number.NaN;
      else if (isLate || Number.isNaN(member.windowAt)) openWindow(member, now, moved);
      else if (now - member.windowAt >= pace.windowMs) {
        if (moved - member.windowBytes < pace.bytes) {
          ended.stalled += 1;
          member.socket.destroy();
        } else openWindow(member, now, moved);
      }
    }
  };
  const timer = setInterval(sweep, lookMs);
  timer.unref();

  /** Ends those that were idle longest; false where none is. */
  const makeRoom = (now: number): boolean => {
    const idle = [...members.values()].filter(
      (one) => one.running === 0 && !one.isRefused && now - one.idleSince >= settledMs,
    );
    idle.sort((a, b) => a.idleSince - b.idleSince);
    const leaving = idle.slice(0, Math.max(1, Math.ceil(most / ROOM_SHARE)));
    for (const member of leaving) {
      ended.idle += 1;
      leave(member);
      member.socket.destroy();
    }
    return leaving.length > 0;
  };

  const leave = (member: Member): void => {
    if (members.delete(member.socket) && !member.isRefused) served -= 1;
  };

  return {
    ended,

    join(socket) {
      const now = performance.now();
      const isRefused = served >= most && !makeRoom(now);
      const member: Member = {
        socket,
        request: undefined,
        running: 0,
        isRefused,
        idleSince: now,
        windowAt: Number.NaN,
        windowBytes: 0,
      };
      members.set(socket, member);
      if (!isRefused) served += 1;
      socket.once('close', () => leave(member));
    },

    begin(request, response) {
      const member = members.get(request.socket);
      if (member === undefined) return true;
      if (member.isRefused) {
        ended.refused += 1;
        refuse(request, response, most);
        return false;
      }
      member.request = request;
      member.running += 1;
      return true;
    },

    end(socket) {
      const member = members.get(socket);
      if (member === undefined || member.running === 0) return;
      member.running -= 1;
      if (member.running > 0) return;
      // What is left of a body that was refused is still due.
      if (member.request?.complete !== false) member.request = undefined;
      member.idleSince = performance.now();
    },

    [Symbol.dispose]: () => clearInterval(timer),
  };
}

function openWindow(member: Member, at: number, bytes: number): void {
  member.windowAt = at;
  member.windowBytes = bytes;
}

/** Bytes that have passed where the client is the one to move: it has a body to send, or an answer to take. */
function movedBytes({ request, socket }: Member): number | undefined {
  // What waits within the socket is counted as written; the client has taken the rest.
  if (socket.writableLength > 0) return socket.bytesRead + socket.bytesWritten - socket.writableLength;
  // Bytes that nobody has read yet wait for the server, not for the client.
  if (request === undefined || request.complete || request.readableLength > 0) return undefined;
  return socket.bytesRead + socket.bytesWritten;
}

function refuse(request: IncomingMessage, response: ServerResponse, most: number): void {
  const message = `${most} connections are open, which is the limit here; try again in ${RETRY_SECONDS} s`;
  const isRegistry = isRegistryUrl(request.url ?? '/');
  const body = isRegistry
    ? JSON.stringify({ errors: [{ code: 'UNAVAILABLE', message }] })
    : `503 Service Unavailable: ${message}\n`;
  response.writeHead(503, {
    'Content-Type': isRegistry ? 'application/json' : 'text/plain; charset=utf-8',
    'Content-Length': Buffer.byteLength(body),
    'Retry-After': RETRY_SECONDS,
    Connection: 'close',
  });
  response.end(body);
}
