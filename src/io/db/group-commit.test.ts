import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from 'kysely';
import { openSqliteDatabase } from './sqlite.ts';

test('a commit that fails is a failure of everyone in it, and of nobody after', async () => {
  await using database = await openSqliteDatabase(':memory:');
  const add = (name: string, isLast = false): Promise<void> =>
    database.transaction(async (query) => {
      await query.insertInto('setting').values({ name, value: 'x' }).execute();
      if (!isLast) return;
      // A broken reference that is only looked at by the commit.
      await sql`pragma defer_foreign_keys = on`.execute(query);
      const tag = { repository_id: 77, name: 'latest', digest: 'd', updated_at: 1 };
      await query.insertInto('tag').values(tag).execute();
    });
  const results = await Promise.allSettled([add('one'), add('two', true)]);
  assert.deepEqual(
    results.map((result) => result.status),
    ['rejected', 'rejected'],
  );
  await add('three');
  const rows = await database.query.selectFrom('setting').select('name').execute();
  assert.deepEqual(rows, [{ name: 'three' }]);
});

test('more transactions than fit one commit are all done, in order', async () => {
  await using database = await openSqliteDatabase(':memory:');
  const order: number[] = [];
  await Promise.all(
    Array.from({ length: 200 }, (_, position) =>
      database.transaction(async () => {
        order.push(position);
      }),
    ),
  );
  assert.deepEqual(
    order,
    [...order].sort((a, b) => a - b),
  );
  assert.equal(order.length, 200);
});
