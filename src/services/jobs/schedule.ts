// What is done every so often, whatever happens: each entry's last run is a row, so that a restart neither
// skips nor repeats it, and of many processes one does it.
import type { Database } from '../../io/db/database.ts';
import type { Clock } from '../../kit/clock.ts';
import type { JobWish, Queue } from './queue.ts';

export interface ScheduleEntry {
  /** Stable: its last run is kept under it. */
  readonly name: string;
  readonly everyMs: number;
  readonly job: JobWish;
}

/** Enqueues the job of every entry that is due; one never run is due. True where one was. */
export async function enqueueDue(deps: {
  readonly database: Database;
  readonly queue: Queue;
  readonly clock: Clock;
  readonly entries: readonly ScheduleEntry[];
}): Promise<boolean> {
  const { database, queue, clock, entries } = deps;
  let isAny = false;
  for (const entry of entries) {
    const name = `schedule.${entry.name}`;
    const now = clock.now();
    isAny =
      (await database.transaction(async (query) => {
        const last = await query
          .selectFrom('setting')
          .select('value')
          .where('name', '=', name)
          .executeTakeFirst();
        if (last !== undefined && Number(last.value) + entry.everyMs > now) return false;
        const value = String(now);
        await query
          .insertInto('setting')
          .values({ name, value })
          .onConflict((conflict) => conflict.column('name').doUpdateSet({ value }))
          .execute();
        await queue.enqueue(query, entry.job);
        return true;
      })) || isAny;
  }
  return isAny;
}
