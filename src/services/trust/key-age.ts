// How old a key, certificate or token is, and whether it is to be renewed: by its age, and by its own end where it has
// one. An age that nobody wrote down is unknown, and unknown is never fine.

/** What there is, as its source tells it. */
export interface KnownKey {
  /** What it is for, from a short list: `log`, `access-token`. */
  readonly purpose: string;
  /** Which one: a fingerprint, an account and a token's name, a host. */
  readonly name: string;
  readonly madeAt?: number;
  readonly lastUsedAt?: number;
  /** When it ends by itself. */
  readonly endsAt?: number;
  /** How old it may be; absent where its own end alone counts. */
  readonly maxAgeMs?: number;
  /** Why something about it is not known. */
  readonly why?: string;
  /** The line that renews it, or half a sentence that says how. */
  readonly renewal: string;
}

/** How old keys of each kind may be. */
export interface KeyAges {
  /** Keys that the server signs with. */
  readonly signingMs: number;
  /** The key of the authority's root, which is elsewhere. */
  readonly rootMs: number;
  /** Access tokens of accounts and robots. */
  readonly tokenMs: number;
}

export type KeyState = 'fine' | 'due' | 'overdue' | 'unknown';

export interface JudgedKey extends KnownKey {
  readonly state: KeyState;
  /** By when it is to be renewed; absent where that is not known. */
  readonly dueAt?: number;
}

const DAY_MS = 24 * 60 * 60 * 1000;
/** It is due for the last tenth of its time, a month at most: long enough to find an evening. */
const LEAD_SHARE = 0.1;
const LEAD_MS = 30 * DAY_MS;

export function judgeKeyAge(key: KnownKey, now: number): JudgedKey {
  const { madeAt, maxAgeMs, endsAt } = key;
  const byAge = madeAt === undefined || maxAgeMs === undefined ? undefined : madeAt + maxAgeMs;
  const ends = [byAge, endsAt].filter((end) => end !== undefined);
  const dueAt = ends.length === 0 ? undefined : Math.min(...ends);
  const state = stateOf(key, dueAt, now);
  return { ...key, state, ...(dueAt === undefined ? {} : { dueAt }) };
}

function stateOf({ madeAt, maxAgeMs }: KnownKey, dueAt: number | undefined, now: number): KeyState {
  if (dueAt !== undefined && now >= dueAt) return 'overdue';
  // A limit of age that cannot be told: its end is far, and says nothing about that.
  if (dueAt === undefined || (maxAgeMs !== undefined && madeAt === undefined)) return 'unknown';
  const life = madeAt === undefined ? LEAD_MS / LEAD_SHARE : dueAt - madeAt;
  return now >= dueAt - Math.min(LEAD_MS, life * LEAD_SHARE) ? 'due' : 'fine';
}

const ORDER: readonly KeyState[] = ['overdue', 'due', 'unknown', 'fine'];

/** What is to be done first, first; then by purpose and name. */
export function compareKeys(one: JudgedKey, other: JudgedKey): number {
  return (
    ORDER.indexOf(one.state) - ORDER.indexOf(other.state) ||
    (one.dueAt ?? Number.POSITIVE_INFINITY) - (other.dueAt ?? Number.POSITIVE_INFINITY) ||
    `${one.purpose} ${one.name}`.localeCompare(`${other.purpose} ${other.name}`, 'en')
  );
}
