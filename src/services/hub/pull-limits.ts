// How much may be pulled, by Docker's rules: an image's manifest that is fetched is one pull, so that an image for
// many platforms counts once for each that is pulled and its index not at all; HEAD is free. Who logged in is counted
// by name, anybody else by address (IPv4, or the /64 of IPv6). Namespaces can be exempt. Where no limit holds nothing
// is counted and nothing is said, from which clients know that there is none.
import type { Clock } from '../../kit/clock.ts';
import { hubErrors } from './errors.ts';
import { networkOf } from './login-brake.ts';
import { createRateCounter, type Rate } from './rate-counter.ts';
import { namespaceOf } from './role.ts';

export interface PullLimitSettings {
  /** By address; none where absent. */
  readonly anonymous?: Rate;
  /** By account, robot or CI job; none where absent. */
  readonly account?: Rate;
  /** Namespaces in which no pull counts. */
  readonly exempt?: readonly string[];
}

export interface Puller {
  readonly repository: string;
  /** Undefined where nobody logged in. */
  readonly account: string | undefined;
  readonly address: string;
}

export interface PullAllowance {
  readonly rate: Rate;
  readonly remaining: number;
  readonly isWithin: boolean;
  readonly resetMs: number;
  /** What it is counted by: an address or a name. */
  readonly source: string;
}

export interface PullLimits {
  /** Whether any limit holds for the puller. */
  isLimited(puller: Pick<Puller, 'repository' | 'account'>): boolean;
  /** What the puller has left, one less where this `counts`; undefined where no limit holds. */
  ask(puller: Puller, counts: boolean): PullAllowance | undefined;
  /** `hub.pulls_limited`, with the seconds to wait. */
  refuse(allowance: PullAllowance): never;
  /** How often it was refused since the start. */
  readonly refused: number;
}

export function createPullLimits(
  { anonymous, account: byAccount, exempt = [] }: PullLimitSettings,
  { clock }: { readonly clock: Pick<Clock, 'now'> },
): PullLimits {
  const open = new Set(exempt);
  const counters = {
    anonymous: anonymous === undefined ? undefined : createRateCounter(anonymous, { clock }),
    account: byAccount === undefined ? undefined : createRateCounter(byAccount, { clock }),
  };
  let refused = 0;

  function counterOf({ repository, account }: Pick<Puller, 'repository' | 'account'>) {
    if (open.has(namespaceOf(repository))) return undefined;
    return account === undefined ? counters.anonymous : counters.account;
  }

  return {
    get refused() {
      return refused;
    },

    isLimited: (puller) => counterOf(puller) !== undefined,

    ask({ repository, account, address }, counts) {
      const counter = counterOf({ repository, account });
      if (counter === undefined) return undefined;
      const source = account ?? networkOf(address);
      const state = counts ? counter.take(source) : counter.peek(source);
      return { rate: counter.rate, source, ...state };
    },

    refuse({ rate, source, resetMs }) {
      refused += 1;
      const retryAfterSeconds = Math.max(1, Math.ceil(resetMs / 1000));
      const more =
        rate === anonymous && (byAccount === undefined || byAccount.count > rate.count)
          ? 'log in to pull more, or try again'
          : 'try again';
      throw hubErrors.pulls_limited(
        `${source} has pulled ${rate.count} images within ${formatWindow(rate.windowMs)}, which is the limit here; ${more} in ${retryAfterSeconds} s`,
        { cause: { retryAfterSeconds } },
      );
    },
  };
}

function formatWindow(windowMs: number): string {
  for (const [unitMs, unit] of UNITS) if (windowMs % unitMs === 0) return `${windowMs / unitMs} ${unit}`;
  return `${windowMs / 1000} s`;
}

const UNITS: readonly (readonly [number, string])[] = Object.freeze([
  [24 * 60 * 60 * 1000, 'd'],
  [60 * 60 * 1000, 'h'],
  [60 * 1000, 'min'],
]);
