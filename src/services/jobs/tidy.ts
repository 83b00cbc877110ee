// Forgets what is over: jobs that are done, events whose jobs stand. Failed jobs stay twice as long, for
// whoever looks into them.
import type { Database } from '../../io/db/database.ts';
import type { Clock } from '../../kit/clock.ts';

/** A week: long enough to see what went on before a problem was noticed. */
const KEPT_MS = 7 * 24 * 60 * 60 * 1000;

export async function tidyJobs(deps: { readonly database: Database; readonly clock: Clock }): Promise<void> {
  const { query } = deps.database;
  const before = deps.clock.now() - KEPT_MS;
  await query.deleteFrom('event').where('dispatched_at', '<', before).execute();
  await query.deleteFrom('job').where('state', '=', 'done').where('updated_at', '<', before).execute();
  await query
    .deleteFrom('job')
    .where('state', '=', 'failed')
    .where('updated_at', '<', before - KEPT_MS)
    .execute();
}
