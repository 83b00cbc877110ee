// When to ask again and how long to wait: RFC 9110 §10.2.3 (Retry-After), exponential backoff with full jitter.
// Pure: time and randomness come in.
import type { Random } from '../../kit/clock.ts';

/** How often and how patiently `requestWithRetry` asks. */
export interface RetryPlan {
  /** Tries in all, the first included. */
  readonly attempts: number;
  /** The first pause is at most this long; each next one twice as long. */
  readonly baseMs: number;
  /** No pause is longer; a server that asks for more is not waited for. */
  readonly longestMs: number;
}

/** Four tries within about half a minute: a restarted registry is back by then, a person still waits. */
export const usualRetryPlan: RetryPlan = Object.freeze({ attempts: 4, baseMs: 500, longestMs: 60_000 });

/** Whether a status says that the same request may succeed later. */
export function isRetryStatus(status: number): boolean {
  return status === 408 || status === 429 || status === 500 || (status >= 502 && status <= 504);
}

/** Milliseconds that a Retry-After header (seconds or a date) asks for; undefined where it says nothing readable. */
export function parseRetryAfter(header: string | undefined, nowMs: number): number | undefined {
  if (header === undefined) return undefined;
  const text = header.trim();
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000;
  const at = /^[A-Z][a-z]{2},/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(at) ? undefined : Math.max(0, at - nowMs);
}

/** The pause before try `attempt` + 1 (attempt counts from 1): random between zero and the doubled bound. */
export function backoffMs(attempt: number, plan: RetryPlan, random: Random): number {
  const bound = Math.min(plan.longestMs, plan.baseMs * 2 ** (attempt - 1));
  const [a = 0, b = 0] = random.bytes(2);
  return Math.round((bound * (a * 256 + b)) / 65_535);
}
