// Values of an installation that are chosen once and then stay, whoever starts it with what.
import type { Database } from '../../io/db/database.ts';

/** What is kept under this name; `fresh` where nothing was. */
export async function keepSetting(database: Database, name: string, fresh: string): Promise<string> {
  await database.query
    .insertInto('setting')
    .values({ name, value: fresh })
    .onConflict((conflict) => conflict.column('name').doNothing())
    .execute();
  const { value } = await database.query
    .selectFrom('setting')
    .select('value')
    .where('name', '=', name)
    .executeTakeFirstOrThrow();
  return value;
}
