// Where collection stands, as JSON in the settings' rows: its clock, the run under way, the last reports.
import type { Query } from '../../../io/db/database.ts';

export type StateName = 'clock' | 'run' | 'last' | 'check' | 'scrub';

const rowName = (name: StateName): string => `storage.${name}`;

/** Undefined where nothing was written yet. Only this product writes it: its shape is believed. */
export async function readState<T>(query: Query, name: StateName): Promise<T | undefined> {
  const row = await query
    .selectFrom('setting')
    .select('value')
    .where('name', '=', rowName(name))
    .executeTakeFirst();
  return row === undefined ? undefined : (JSON.parse(row.value) as T);
}

export async function writeState(query: Query, name: StateName, state: object): Promise<void> {
  const value = JSON.stringify(state);
  await query
    .insertInto('setting')
    .values({ name: rowName(name), value })
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ value }))
    .execute();
}

export async function endState(query: Query, name: StateName): Promise<void> {
  await query.deleteFrom('setting').where('name', '=', rowName(name)).execute();
}
