// The limit against abuse: how many requests of any kind one address sends within a window. Asked before any work,
// so that a refusal costs a look into a map; the answer is plain, and for the registry's clients in their spelling,
// since docker and podman show its message.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '../../kit/clock.ts';
import { hubErrors } from '../../services/hub/errors.ts';
import { networkOf } from '../../services/hub/login-brake.ts';
import { createRateCounter, type Rate } from '../../services/hub/rate-counter.ts';
import { addressOf } from './address.ts';
import { isRegistryUrl } from './router.ts';

export interface RequestLimit {
  /** Counts a request; where it is one too many it is answered with 429, and false. */
  admit(request: IncomingMessage, response: ServerResponse): boolean;
  /** How often it was refused since the start. */
  readonly refused: number;
}

export function createRequestLimit(
  rate: Rate,
  {
    clock,
    isProxyTrusted = false,
  }: { readonly clock: Pick<Clock, 'now'>; readonly isProxyTrusted?: boolean },
): RequestLimit {
  const counter = createRateCounter(rate, { clock });
  let refused = 0;
  return {
    get refused() {
      return refused;
    },

    admit(request, response) {
      const { headers, socket, url = '/' } = request;
      const address = networkOf(addressOf(socket.remoteAddress, headers['x-forwarded-for'], isProxyTrusted));
      const { isWithin, resetMs } = counter.take(address);
      if (isWithin) return true;
      refused += 1;
      const seconds = Math.max(1, Math.ceil(resetMs / 1000));
      const { code, message, hint } = hubErrors.requests_limited(
        `${address} has sent ${rate.count} requests within ${rate.windowMs / 1000} s, which is the limit here; try again in ${seconds} s`,
      );
      const isRegistry = isRegistryUrl(url);
      const body = isRegistry
        ? JSON.stringify({ errors: [{ code: 'TOOMANYREQUESTS', message, detail: { code, hint } }] })
        : `429 Too Many Requests: ${message}\n`;
      response.writeHead(429, {
        'Content-Type': isRegistry ? 'application/json' : 'text/plain; charset=utf-8',
        'Content-Length': Buffer.byteLength(body),
        'Retry-After': seconds,
        // What comes behind the head is not read.
        Connection: 'close',
      });
      response.end(body);
      return false;
    },
  };
}
