// Slows whoever guesses passwords. Wrong ones are counted by account name and by address (IPv4, or the /64 of IPv6,
// which is what one customer has); after a few free ones each further one doubles the wait, up to a quarter of an
// hour. A stranger can thereby slow a name, but not lock its owner out: an address from which the owner logged in
// before has a count of its own, and access tokens, which nobody can guess, are never held up here. A name that does
// not exist is slowed as one that does, so that nothing is learnt from it.
// Counts are kept in memory, bounded: the oldest is forgotten first. Every process counts for itself.
import type { Clock } from '../../kit/clock.ts';
import { limits } from '../../kit/limits.ts';
import { hubErrors } from './errors.ts';

export interface LoginBrake {
  /**
   * Runs `verify`, which answers undefined for a wrong password, and counts how it went. `hub.logins_slowed`, without
   * running it, where this name or address has to wait.
   */
  attempt<T>(name: string, address: string, verify: () => Promise<T | undefined>): Promise<T | undefined>;
}

/** Typing errors are free: people try three passwords, and clients each of them twice. */
const FREE = 6;
/** One address serves an office or a carrier's customers. */
const FREE_OF_ADDRESS = 30;
/** At once for one name or address, as builds start many clients; once it is slowed, one. */
const AT_ONCE = 64;
const FIRST_MS = 2_000;
const MOST_MS = 15 * 60_000;
/** After this long without another wrong one the count begins anew. */
const FORGOTTEN_MS = 60 * 60_000;

interface Count {
  wrong: number;
  lastAt: number;
}

export function createLoginBrake({ clock }: { readonly clock: Clock }): LoginBrake {
  const failures = new Map<string, Count>();
  /** Name and address of logins that were right. */
  const known = new Set<string>();
  /** Under way, by key: a burst must not be over before its first one is counted. */
  const running = new Map<string, number>();

  /** What is counted for this login: the pair alone where it is known. */
  function keysOf(name: string, from: string): readonly (readonly [key: string, free: number])[] {
    const address = networkOf(from);
    const pair = `${name} ${address}`;
    if (known.has(pair)) return [[`pair ${pair}`, FREE]];
    return [
      [`name ${name}`, FREE],
      [`address ${address}`, FREE_OF_ADDRESS],
    ];
  }

  function waitMs(key: string, free: number): number {
    const count = failures.get(key);
    const atOnce = running.get(key) ?? 0;
    if (count === undefined || count.wrong < free) return atOnce < AT_ONCE ? 0 : FIRST_MS;
    if (atOnce > 0) return FIRST_MS;
    const delay = Math.min(FIRST_MS * 2 ** Math.min(count.wrong - free, 20), MOST_MS);
    return Math.max(0, count.lastAt + delay - clock.now());
  }

  function check(keys: ReturnType<typeof keysOf>): void {
    const wait = Math.max(...keys.map(([key, free]) => waitMs(key, free)));
    if (wait <= 0) return;
    const seconds = Math.ceil(wait / 1000);
    throw hubErrors.logins_slowed(
      `too many wrong passwords; try again in ${seconds} s, or log in with an access token`,
      { cause: { retryAfterSeconds: seconds } },
    );
  }

  function count(key: string): void {
    const now = clock.now();
    const before = failures.get(key);
    const isFresh = before === undefined || now - before.lastAt > FORGOTTEN_MS;
    failures.delete(key);
    failures.set(key, { wrong: isFresh ? 1 : before.wrong + 1, lastAt: now });
    trim(failures);
  }

  function remember(pair: string, name: string): void {
    failures.delete(`pair ${pair}`);
    failures.delete(`name ${name}`);
    known.delete(pair);
    known.add(pair);
    trim(known);
  }

  function run(keys: ReturnType<typeof keysOf>, by: 1 | -1): void {
    for (const [key] of keys) {
      const now = (running.get(key) ?? 0) + by;
      if (now > 0) running.set(key, now);
      else running.delete(key);
    }
  }

  return {
    async attempt(name, address, verify) {
      const keys = keysOf(name, address);
      check(keys);
      run(keys, 1);
      try {
        const found = await verify();
        if (found === undefined) for (const [key] of keys) count(key);
        else remember(`${name} ${networkOf(address)}`, name);
        return found;
      } finally {
        run(keys, -1);
      }
    },
  };
}

function trim(kept: { readonly size: number; keys(): Iterator<string>; delete(key: string): boolean }): void {
  while (kept.size > limits.loginFailures) kept.delete(kept.keys().next().value as string);
}

/** The address itself for IPv4, also as IPv6 spells it; the first four groups of IPv6. */
export function networkOf(address: string): string {
  const text = address.toLowerCase().split('%', 1)[0] as string;
  const [, mapped] = /^::ffff:(\d{1,3}(?:\.\d{1,3}){3})$/.exec(text) ?? [];
  if (mapped !== undefined) return mapped;
  if (!text.includes(':')) return text;
  const [head = '', tail] = text.split('::') as [string, string | undefined];
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const missing = tail === undefined ? 0 : Math.max(0, 8 - left.length - right.length);
  const groups = [...left, ...Array.from({ length: missing }, () => '0'), ...right];
  return groups
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':');
}
