// Counts what somebody did within a window of time: pulls of an account, requests of an address. The window begins
// with the first of them and ends as a whole, so that one number and one moment are all that is kept of each.
// In memory, bounded: where it is full, the one that has used least of those looked at is forgotten, and the others
// are not looked at again soon. Who has used up their own thereby cannot get rid of it by coming from many other
// addresses, but by using up as much from each of them. Every process counts for itself; an end forgets all.
import type { Clock } from '../../kit/clock.ts';
import { limits } from '../../kit/limits.ts';

/** At most `count` within `windowMs`. */
export interface Rate {
  readonly count: number;
  readonly windowMs: number;
}

export interface RateState {
  /** Whether this one was still within it. */
  readonly isWithin: boolean;
  readonly remaining: number;
  /** Until the window ends. */
  readonly resetMs: number;
}

export interface RateCounter {
  readonly rate: Rate;
  /** Counts one more, unless there is none left. */
  take(key: string): RateState;
  /** As it stands, without counting. */
  peek(key: string): RateState;
}

interface Count {
  used: number;
  endsAt: number;
}

/** How many are looked at before one is forgotten. */
const LOOKED_AT = 32;

export function createRateCounter(
  rate: Rate,
  { clock, most = limits.rateCounts }: { readonly clock: Pick<Clock, 'now'>; readonly most?: number },
): RateCounter {
  const counts = new Map<string, Count>();

  function find(key: string, now: number): Count | undefined {
    const found = counts.get(key);
    if (found === undefined || now < found.endsAt) return found;
    counts.delete(key);
    return undefined;
  }

  function makeRoom(now: number): void {
    let least: readonly [string, Count] | undefined;
    const looked: (readonly [string, Count])[] = [];
    for (const entry of counts) {
      if (now >= entry[1].endsAt) {
        counts.delete(entry[0]);
        return;
      }
      looked.push(entry);
      if (least === undefined || entry[1].used < least[1].used) least = entry;
      if (looked.length === LOOKED_AT) break;
    }
    for (const [key, count] of looked) {
      counts.delete(key);
      // To the end: the next time others are looked at.
      if (key !== least?.[0]) counts.set(key, count);
    }
  }

  function stateOf(found: Count | undefined, now: number, isWithin: boolean): RateState {
    const remaining = Math.max(0, rate.count - (found?.used ?? 0));
    return { isWithin, remaining, resetMs: found === undefined ? rate.windowMs : found.endsAt - now };
  }

  return {
    rate,

    take(key) {
      const now = clock.now();
      let found = find(key, now);
      if (found === undefined) {
        if (counts.size >= most) makeRoom(now);
        found = { used: 0, endsAt: now + rate.windowMs };
        counts.set(key, found);
      }
      if (found.used >= rate.count) return stateOf(found, now, false);
      found.used += 1;
      return stateOf(found, now, true);
    },

    peek(key) {
      const now = clock.now();
      const found = find(key, now);
      return stateOf(found, now, (found?.used ?? 0) < rate.count);
    },
  };
}
