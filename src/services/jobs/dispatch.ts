// From events to jobs. An event row was written in the transaction that made it happen; here its jobs are
// written in the transaction that marks it as dispatched. So nothing that happened is forgotten, whatever
// is killed when; and each event's route runs to the end exactly once.
import type { Transaction } from 'kysely';
import type { Database } from '../../io/db/database.ts';
import type { Tables } from '../../io/db/tables.ts';
import type { Clock } from '../../kit/clock.ts';
import { isJsonObject, type JsonObject, parseJson } from '../../kit/json.ts';

/** Which event it is, and when it happened. */
export interface EventMark {
  readonly id: number;
  readonly at: number;
}

/** What an event leads to; rows only, inside the given transaction. */
export type EventRoute = (query: Transaction<Tables>, subject: JsonObject, mark: EventMark) => Promise<void>;

/** By event kind; an event without a route leads to nothing. */
export type EventRoutes = Readonly<Record<string, EventRoute>>;

/** Several tables of routes as one: an event takes its route of each, in their order. */
export function joinRoutes(...tables: readonly EventRoutes[]): EventRoutes {
  const kinds = new Set(tables.flatMap((table) => Object.keys(table)));
  const join =
    (kind: string): EventRoute =>
    async (query, subject, mark) => {
      for (const table of tables) await table[kind]?.(query, subject, mark);
    };
  return Object.fromEntries([...kinds].map((kind) => [kind, join(kind)]));
}

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
      .select(['id', 'kind', 'subject_json', 'created_at'])
      .where('dispatched_at', 'is', null)
      .orderBy('id')
      .limit(BATCH)
      .execute();
    for (const event of events) {
      const subject = parseJson(event.subject_json);
      const mark = { id: event.id, at: event.created_at };
      if (isJsonObject(subject)) await routes[event.kind]?.(query, subject, mark);
      await query
        .updateTable('event')
        .set({ dispatched_at: clock.now() })
        .where('id', '=', event.id)
        .execute();
    }
    return events.length === BATCH;
  });
}
