// The collector's own time: what it has lived through, not what the clock says. It counts from run to run and by at
// most one step a run, so that a clock that jumps a month ahead ends no grace, and one that jumps back prolongs it
// at worst. Time in which the server was down counts as one step.
import type { Database } from '../../../io/db/database.ts';
import type { Clock } from '../../../kit/clock.ts';
import { readState, writeState } from './state.ts';

/** Runs come hourly; twice that leaves room for one that is late. */
const MOST_STEP_MS = 2 * 60 * 60 * 1000;

interface Lived {
  readonly livedMs: number;
  /** What the clock said at the last run. */
  readonly seenAt: number;
}

/** Moves the collector's time on and returns it, in milliseconds from its first run. */
export function advanceLivedTime(deps: {
  readonly database: Database;
  readonly clock: Clock;
}): Promise<number> {
  const seenAt = deps.clock.now();
  return deps.database.transaction(async (query) => {
    const before = (await readState<Lived>(query, 'clock')) ?? { livedMs: 0, seenAt };
    const step = Math.min(Math.max(seenAt - before.seenAt, 0), MOST_STEP_MS);
    const livedMs = before.livedMs + step;
    await writeState(query, 'clock', { livedMs, seenAt });
    return livedMs;
  });
}

/** The collector's time as of its last run. */
export async function readLivedTime({ query }: Pick<Database, 'query'>): Promise<number> {
  return (await readState<Lived>(query, 'clock'))?.livedMs ?? 0;
}
