// Pull limits on the wire, as Docker Hub spells them: `ratelimit-limit: 100;w=21600` and `ratelimit-remaining` on
// every answer with a manifest, HEAD too, `docker-ratelimit-source` for whom it is counted by; none of them where
// there is no limit. Over it: 429 with Retry-After, before a byte of the manifest goes out.
import type { Grant } from '../../../services/hub/access.ts';
import type { PullLimits } from '../../../services/hub/pull-limits.ts';
import { addressOf } from '../address.ts';
import type { Exchange } from '../exchange.ts';

export interface PullGate {
  /** Counts a pull and adds its headers to the answer. `hub.pulls_limited` where a manifest would be sent over it. */
  pass(
    exchange: Exchange,
    grant: Grant<'pull'>,
    what: { readonly isSent: boolean; readonly isPull: boolean },
  ): void;
}

export function createPullGate(parts: {
  readonly pullLimits?: Pick<PullLimits, 'ask' | 'refuse'>;
  readonly isProxyTrusted?: boolean;
}): PullGate {
  const { pullLimits, isProxyTrusted = false } = parts;
  return {
    pass(exchange, { repository, account }, { isSent, isPull }) {
      if (pullLimits === undefined) return;
      const { headers, socket } = exchange.request;
      const address = addressOf(socket.remoteAddress, headers['x-forwarded-for'], isProxyTrusted);
      const allowance = pullLimits.ask({ repository, account, address }, isPull);
      if (allowance === undefined) return;
      const { rate, remaining, source, isWithin } = allowance;
      const window = `;w=${Math.round(rate.windowMs / 1000)}`;
      exchange.headers['ratelimit-limit'] = `${rate.count}${window}`;
      exchange.headers['ratelimit-remaining'] = `${remaining}${window}`;
      // A CI job's name is what its issuer says: only what a header may hold.
      exchange.headers['docker-ratelimit-source'] = source.replace(/[^\x21-\x7e]/g, '?');
      if (isSent && !isWithin) pullLimits.refuse(allowance);
    },
  };
}
