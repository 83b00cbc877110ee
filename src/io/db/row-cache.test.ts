import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRowCache } from './row-cache.ts';
import { openSqliteDatabase } from './sqlite.ts';

const row = (name: string, is_public: number) => ({ name, is_public, created_at: 1, updated_at: 1 });

/** Whether a repository is public, and how often that was asked of the database. */
async function open(most = 100) {
  const database = await openSqliteDatabase(':memory:');
  const cache = createRowCache<number | undefined>(database, ['repository'], most);
  let asked = 0;
  const load = async (name: string) => {
    asked += 1;
    const { query } = database;
    const found = await query.selectFrom('repository').select('is_public').where('name', '=', name).execute();
    return found[0]?.is_public;
  };
  return {
    database,
    load,
    read: (name: string) => cache.read(name, () => load(name)),
    asked: () => asked,
    cache,
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  };
}

test('row cache: what is known is not asked again, absent rows neither; other tables’ writes change nothing', async () => {
  await using under = await open();
  await under.database.query.insertInto('repository').values(row('a', 1)).execute();
  for (const name of ['a', 'b', 'a', 'b']) assert.equal(await under.read(name), name === 'a' ? 1 : undefined);
  await under.database.query.insertInto('setting').values({ name: 'x', value: '1' }).execute();
  await under.read('a');
  assert.equal(under.asked(), 2);
});

test('row cache: a write is seen by the first read after it, in and outside of transactions, by any statement', async () => {
  await using under = await open();
  const { query } = under.database;
  await query.insertInto('repository').values(row('a', 1)).execute();
  assert.equal(await under.read('a'), 1);
  await query.updateTable('repository').set({ is_public: 0 }).where('name', '=', 'a').execute();
  assert.equal(await under.read('a'), 0);
  await under.database.transaction((inside) =>
    inside.updateTable('repository').set({ is_public: 1 }).where('name', '=', 'a').returning('id').execute(),
  );
  assert.equal(await under.read('a'), 1);
  await assert.rejects(
    under.database.transaction(async (inside) => {
      await inside.deleteFrom('repository').where('name', '=', 'a').execute();
      throw new Error('undone');
    }),
  );
  assert.equal(await under.read('a'), 1);
  await query
    .insertInto('repository')
    .values(row('a', 0))
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ is_public: 0 }))
    .execute();
  assert.equal(await under.read('a'), 0);
  await query.deleteFrom('repository').execute();
  assert.equal(await under.read('a'), undefined);
});

test('row cache: what was read while a write came is answered, and not kept', async () => {
  await using under = await open();
  const { query } = under.database;
  await query.insertInto('repository').values(row('a', 1)).execute();
  const gate = Promise.withResolvers<void>();
  const slow = under.cache.read('a', async () => {
    const found = await under.load('a');
    await gate.promise;
    return found;
  });
  await query.updateTable('repository').set({ is_public: 0 }).execute();
  gate.resolve();
  assert.equal(await slow, 1, 'as it was when it was asked');
  assert.equal(await under.read('a'), 0);
});

test('row cache: readers beside many writers never see what is over', async () => {
  await using under = await open();
  const { database } = under;
  await database.query.insertInto('repository').values(row('a', 0)).execute();
  let written = 0;
  const writing = (async () => {
    for (let round = 1; round <= 200; round += 1) {
      await database.transaction((inside) =>
        inside.updateTable('repository').set({ updated_at: round, is_public: round }).execute(),
      );
      written = round;
    }
  })();
  while (written < 200) {
    const least = written;
    const seen = (await under.read('a')) ?? -1;
    assert.ok(seen >= least, `${seen} after ${least} was answered`);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await writing;
});

test('row cache: it is bounded, and remembers nothing where the database cannot tell', async () => {
  await using under = await open(2);
  for (const name of ['a', 'b', 'c', 'c', 'b', 'a']) await under.read(name);
  assert.equal(under.asked(), 4, 'the oldest went');
  const shared = createRowCache<number>({ stateOf: () => undefined }, ['repository'], 10);
  let asked = 0;
  for (let round = 0; round < 3; round += 1) await shared.read('a', async () => (asked += 1));
  assert.equal(asked, 3);
});

test('row cache: a peek tells what is known and asks nobody, and after a write nothing', async () => {
  await using under = await open();
  const { query } = under.database;
  await query.insertInto('repository').values(row('a', 1)).execute();
  assert.equal(under.cache.peek('a'), undefined);
  await under.read('a');
  assert.equal(under.cache.peek('a'), 1);
  assert.equal(under.asked(), 1);
  await query.updateTable('repository').set({ is_public: 0 }).execute();
  assert.equal(under.cache.peek('a'), undefined);
});
