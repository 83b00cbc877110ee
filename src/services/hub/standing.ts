// The principal of an account as it stands now, for what runs later in its name: rights that it has lost since are gone
// for that too.
import type { Database } from '../../io/db/database.ts';
import { type Principal, principalOf } from './access.ts';

/** Undefined where there is no such account any more. */
export async function findPrincipal(
  { query }: Pick<Database, 'query'>,
  name: string,
): Promise<Principal | undefined> {
  const row = await query
    .selectFrom('account')
    .select(['id', 'name', 'is_admin'])
    .where('name', '=', name)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  return principalOf({ id: row.id, name: row.name, isAdmin: row.is_admin === 1 });
}
