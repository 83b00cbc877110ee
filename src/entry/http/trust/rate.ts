// How much one network asks of the authority: a refusal says how long to wait.
import type { RateCounter } from '../../../services/hub/rate-counter.ts';
import { trustErrors } from '../../../services/trust/errors.ts';

/** What `signingRate` counts, in a sentence. */
export const signingRequests = 'certificates, timestamps and entries';

/** Counts one; `trust.asked_too_often`. */
export function checkRate(counter: RateCounter, network: string, what: string): void {
  const { isWithin, resetMs } = counter.take(network);
  if (isWithin) return;
  const retryAfterSeconds = Math.max(1, Math.ceil(resetMs / 1000));
  throw trustErrors.asked_too_often(
    `over ${counter.rate.count} ${what} within a minute from ${network}; more are taken in ${retryAfterSeconds} s`,
    { cause: { retryAfterSeconds } },
  );
}
