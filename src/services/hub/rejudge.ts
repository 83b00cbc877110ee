// Judging stored images again: the jobs, and the setting that says by what the reports are, or are about to be,
// judged, in one transaction. No layer is read.
import type { Database, Query } from '../../io/db/database.ts';
import type { Clock } from '../../kit/clock.ts';
import type { Log } from '../../kit/log.ts';
import type { JobWish, Queue } from '../jobs/queue.ts';
import { scanJob } from './scans.ts';

export interface RejudgeDeps {
  readonly database: Database;
  readonly queue: Queue;
  readonly clock: Clock;
  readonly log: Log;
}

/** `why` is the first half of what is logged: `advisories changed`. `also` is a job of the same transaction. */
export async function judgeAgain(
  deps: RejudgeDeps,
  setting: { readonly name: string; readonly value: string },
  images: ReadonlySet<string> | 'all',
  why: string,
  also?: JobWish,
): Promise<void> {
  const at = deps.clock.now();
  const { name, value } = setting;
  const count = await deps.database.transaction(async (query) => {
    const digests = images === 'all' ? await indexedImages(query) : images;
    for (const digest of digests)
      await deps.queue.enqueue(query, { kind: scanJob, key: digest, input: { digest, at } });
    if (also !== undefined) await deps.queue.enqueue(query, { ...also, input: { ...also.input, at } });
    await query
      .insertInto('setting')
      .values({ name, value })
      .onConflict((conflict) => conflict.column('name').doUpdateSet({ value }))
      .execute();
    return digests.size;
  });
  if (count > 0) deps.log.notice(`${why}; images are judged again`, { images: count });
}

/** What stands under this name, or undefined. */
export async function readSetting(database: Database, name: string): Promise<string | undefined> {
  const row = await database.query
    .selectFrom('setting')
    .select('value')
    .where('name', '=', name)
    .executeTakeFirst();
  return row?.value;
}

async function indexedImages(query: Query): Promise<ReadonlySet<string>> {
  const rows = await query.selectFrom('scan').select('digest').where('indexed_at', 'is not', null).execute();
  return new Set(rows.map((row) => row.digest));
}
