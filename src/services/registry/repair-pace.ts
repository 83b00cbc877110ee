// A rate that all repairs share, so that fetching what was lost leaves the line and the disk to pulls and pushes.
import type { Clock } from '../../kit/clock.ts';

export interface RepairPace {
  /** Resolves when these bytes may pass. Throws what the signal aborts with. */
  pass(sizeBytes: number, signal: AbortSignal): Promise<void>;
}

export interface RepairPaceDeps {
  readonly bytesPerSecond: number;
  readonly clock: Clock;
  readonly wait: (delayMs: number, signal: AbortSignal) => Promise<void>;
}

/** Pauses that are shorter are taken together: timers count whole milliseconds. */
const LEAST_MS = 20;
/** A clock that leaps back must not stop anybody. */
const MOST_MS = 1_000;

export function createRepairPace({ bytesPerSecond, clock, wait }: RepairPaceDeps): RepairPace {
  let freeAt = 0;
  return {
    async pass(sizeBytes, signal) {
      signal.throwIfAborted();
      const now = clock.now();
      const from = freeAt < now || freeAt > now + 2 * MOST_MS ? now : freeAt;
      freeAt = from + (sizeBytes * 1000) / bytesPerSecond;
      const pauseMs = Math.min(freeAt - now, MOST_MS);
      if (pauseMs >= LEAST_MS) await wait(pauseMs, signal);
    },
  };
}
