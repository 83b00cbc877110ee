// Rows of repositories. Private to the registry: nothing here asks for a right.
import type { Query } from '../../../io/db/database.ts';
import { namespaceOf } from '../../hub/role.ts';
import { registryErrors } from '../errors.ts';

export async function findRepositoryId(query: Query, name: string): Promise<number | undefined> {
  const row = await query.selectFrom('repository').select('id').where('name', '=', name).executeTakeFirst();
  return row?.id;
}

/** Keys by name; names that are no repository are absent. */
export async function findRepositoryIds(
  query: Query,
  names: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  if (names.length === 0) return new Map();
  const rows = await query
    .selectFrom('repository')
    .select(['id', 'name'])
    .where('name', 'in', names)
    .execute();
  return new Map(rows.map((row) => [row.name, row.id]));
}

/** The repository's key, or `registry.name_unknown`. */
export async function readRepositoryId(query: Query, name: string): Promise<number> {
  const id = await findRepositoryId(query, name);
  if (id === undefined) throw registryErrors.name_unknown(`there is no repository ${name}`);
  return id;
}

/** The repository's key; made where this is its first push, public or not as its namespace has it. */
export async function ensureRepository(query: Query, name: string, now: number): Promise<number> {
  const known = await findRepositoryId(query, name);
  if (known !== undefined) return known;
  const namespace = await query
    .selectFrom('namespace')
    .select('is_public')
    .where('name', '=', namespaceOf(name))
    .executeTakeFirst();
  await query
    .insertInto('repository')
    .values({ name, is_public: namespace?.is_public ?? 1, created_at: now, updated_at: now })
    .onConflict((conflict) => conflict.column('name').doNothing())
    .execute();
  return readRepositoryId(query, name);
}

export async function touchRepository(query: Query, id: number, now: number): Promise<void> {
  await query.updateTable('repository').set({ updated_at: now }).where('id', '=', id).execute();
}
