// From events to jobs. An event row was written in the transaction that made it happen; here its jobs are
// written in the transaction that marks it as dispatched. So nothing that happened is forgotten, whatever
// is killed when; and each event's route runs to the end exactly once.
import type { Transaction } from 'kysely';
import type { Database } from '../../io/db/database.ts';
import type { Tables } from '../../io/db/tables.ts';
import type { Clock } from '../../kit/clock.ts';
import { isJsonObject, type JsonObject, parseJson } from '../../kit/json.ts';

/** What an event leads to; rows only, inside the given transaction. */
export type EventRoute = (query: Transaction<Tables>, subject: JsonObject) => Promise<void>;

/** By event kind; an event without a route leads to nothing. */
export type EventRoutes = Readonly<Record<string, EventRoute>>;

/** Events of one transaction: short enough that pushes beside it do not wait. */
const BATCH = 50;

/** Dispatches one batch, oldest first; true where more may be waiting. */
export async function dispatchEvents(deps: {
  readonly database: Database;
  readonly clock: Clock;
  readonly routes: EventRoutes;
}): Promise<boolean> {
  const { database, clock, routes } = deps;
  const waiting = await database.query
    .selectFrom('event')
    .select('id')
    .where('dispatched_at', 'is', null)
    .limit(1)
    .executeTakeFirst();
  if (waiting === undefined) return false;
  return database.transaction(async (query) => {
    const events = await query
      .selectFrom('event')
      .select(['id', 'kind', 'subject_json'])
      .where('dispatched_at', 'is', null)
      .orderBy('id')
      .limit(BATCH)
      .execute();
    for (const event of events) {
      const subject = parseJson(event.subject_json);
      if (isJsonObject(subject)) await routes[event.kind]?.(query, subject);
      await query
        .updateTable('event')
        .set({ dispatched_at: clock.now() })
        .where('id', '=', event.id)
        .execute();
    }
    return events.length === BATCH;
  });
}
