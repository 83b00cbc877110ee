// Values of an installation that are chosen once and then stay, whoever starts it with what.
import type { Database } from '../../io/db/database.ts';

/** What is kept under this name; `fresh` where nothing was. Whoever finds it kept writes nothing. */
export async function keepSetting(
  { query }: Pick<Database, 'query'>,
  name: string,
  fresh: string,
): Promise<string> {
  const read = () => query.selectFrom('setting').select('value').where('name', '=', name);
  const kept = await read().executeTakeFirst();
  if (kept !== undefined) return kept.value;
  await query
    .insertInto('setting')
    .values({ name, value: fresh })
    .onConflict((conflict) => conflict.column('name').doNothing())
    .execute();
  // Where two write at once, the first one holds.
  return (await read().executeTakeFirstOrThrow()).value;
}
