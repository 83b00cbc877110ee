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
}

const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

export function createTraffic(): Traffic {
  const requests = new Map<string, number>();
  const open = new Set<Socket>();
  let [received, sent] = [0, 0];

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

    read() {
      const now = [...open];
      const sum = (bytes: (socket: Socket) => number) => now.reduce((all, one) => all + bytes(one), 0);
      return [
        {
          name: 'plimsoll_http_requests_total',
          kind: 'counter',
          help: 'Requests answered, by kind of address, method and status.',
          samples: [...requests].map(([key, value]) => {
            const [route = '', method = '', status = ''] = key.split(' ');
            return { labels: { route, method, status }, value };
          }),
        },
        one('plimsoll_http_received_bytes_total', 'counter', 'Bytes that came in, heads included.', {
          value: received + sum((socket) => socket.bytesRead),
        }),
        one('plimsoll_http_sent_bytes_total', 'counter', 'Bytes that went out, heads included.', {
          value: sent + sum((socket) => socket.bytesWritten),
        }),
        one('plimsoll_http_connections', 'gauge', 'Connections that are open.', { value: now.length }),
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
