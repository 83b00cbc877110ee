// Writes the record of pulls every few seconds, and what is left when the server ends. A crash loses the seconds since
// the last time, nothing else.
import type { Log } from '../kit/log.ts';
import { Loop } from '../services/jobs/loop.ts';
import type { Pulls } from '../services/registry/pulls.ts';

/** One commit in so many, whatever is pulled meanwhile. */
const PAUSE_MS = 5_000;

/** To be ended after the last request was answered, and before the database. */
export function startPullRecording(pulls: Pick<Pulls, 'flush'>, log: Log): AsyncDisposable {
  const loop = new Loop({
    name: 'the record of pulls',
    pauseMs: PAUSE_MS,
    log,
    async round() {
      await pulls.flush();
      return false;
    },
  });
  return {
    async [Symbol.asyncDispose]() {
      await loop[Symbol.asyncDispose]();
      await pulls.flush().catch((error: unknown) => log.error('the last pulls were not recorded', { error }));
    },
  };
}
