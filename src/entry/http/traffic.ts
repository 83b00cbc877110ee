// What went over the wire, for metrics: requests by kind of address, method and status, and the bytes of all
// connections. Counting costs a look into a map for each request and nothing for each byte: sockets count their own.
// No label holds what a client chose, so that nobody can make the list long.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Metric } from '../../formats/metrics/exposition.ts';
import { isRegistryUrl, parseRoute, pathOf } from './router.ts';

export interface Traffic {
  /** A request that has ended. */
  note(request: IncomingMessage, response: ServerResponse): void;
  /** A connection that was opened. */
  watch(socket: Socket): void;
  read(): readonly Metric[];
  /** What was counted here alone. */
  count(): TrafficCounts;
  /** What another process has counted since its start, in place of what it said before. */
  add(process: string, counts: TrafficCounts): void;
}

export interface TrafficCounts {
  /** By kind of address, method and status, as one text. */
  readonly requests: readonly (readonly [key: string, count: number])[];
  readonly receivedBytes: number;
  readonly sentBytes: number;
  readonly open: number;
}

const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

export function createTraffic(): Traffic {
  const requests = new Map<string, number>();
  const open = new Set<Socket>();
  const others = new Map<string, TrafficCounts>();
  let [received, sent] = [0, 0];

  function count(): TrafficCounts {
    const now = [...open];
    const sum = (bytes: (socket: Socket) => number) => now.reduce((all, one) => all + bytes(one), 0);
    return {
      requests: [...requests],
      receivedBytes: received + sum((socket) => socket.bytesRead),
      sentBytes: sent + sum((socket) => socket.bytesWritten),
      open: now.length,
    };
  }

  return {
    note({ method = '', url = '/' }, { statusCode }) {
      const key = `${routeOf(url)} ${METHODS.has(method) ? method : 'other'} ${statusCode}`;
      requests.set(key, (requests.get(key) ?? 0) + 1);
    },

    watch(socket) {
      open.add(socket);
      socket.once('close', () => {
        open.delete(socket);
        received += socket.bytesRead;
        sent += socket.bytesWritten;
      });
    },

    count,

    add: (process, counts) => void others.set(process, counts),

    read() {
      const all = [count(), ...others.values()];
      const sum = (of: (counts: TrafficCounts) => number) => all.reduce((total, one) => total + of(one), 0);
      const summed = new Map<string, number>();
      for (const [key, value] of all.flatMap((one) => one.requests))
        summed.set(key, (summed.get(key) ?? 0) + value);
      return [
        {
          name: 'plimsoll_http_requests_total',
          kind: 'counter',
          help: 'Requests answered, by kind of address, method and status.',
          samples: [...summed].map(([key, value]) => {
            const [route = '', method = '', status = ''] = key.split(' ');
            return { labels: { route, method, status }, value };
          }),
        },
        one('plimsoll_http_received_bytes_total', 'counter', 'Bytes that came in, heads included.', {
          value: sum((one) => one.receivedBytes),
        }),
        one('plimsoll_http_sent_bytes_total', 'counter', 'Bytes that went out, heads included.', {
          value: sum((one) => one.sentBytes),
        }),
        one('plimsoll_http_connections', 'gauge', 'Connections that are open.', {
          value: sum((one) => one.open),
        }),
      ];
    },
  };
}

function one(name: string, kind: Metric['kind'], help: string, sample: Metric['samples'][number]): Metric {
  return { name, kind, help, samples: [sample] };
}

function routeOf(url: string): string {
  if (isRegistryUrl(url)) return parseRoute(pathOf(url))?.kind ?? 'unknown';
  for (const [start, route] of SITE) if (url.startsWith(start)) return route;
  return 'page';
}

const SITE: readonly (readonly [start: string, route: string])[] = Object.freeze([
  ['/api/', 'api'],
  ['/tlog/', 'tlog'],
  ['/metrics', 'metrics'],
  ['/healthz', 'health'],
  ['/readyz', 'health'],
]);
