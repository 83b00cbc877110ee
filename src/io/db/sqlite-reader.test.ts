import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { dbErrors } from './errors.ts';
import { createRowCache } from './row-cache.ts';
import { openSqliteDatabase } from './sqlite.ts';
import { openSqliteReader } from './sqlite-reader.ts';

async function open() {
  const folder = await mkdtemp(join(tmpdir(), 'plimsoll-reader-'));
  const file = join(folder, 'plimsoll.sqlite');
  const owner = await openSqliteDatabase(file);
  const reader = openSqliteReader(file);
  return {
    owner,
    reader,
    write: (value: string) =>
      owner.transaction((query) =>
        query
          .insertInto('setting')
          .values({ name: 'x', value })
          .onConflict((conflict) => conflict.column('name').doUpdateSet({ value }))
          .execute(),
      ),
    read: async () => {
      const rows = await reader.query.selectFrom('setting').select('value').where('name', '=', 'x').execute();
      return rows[0]?.value;
    },
    async [Symbol.asyncDispose]() {
      await reader[Symbol.asyncDispose]();
      await owner[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

test('sqlite reader: sees each commit at once, and keeps what is known for exactly as long as it is so', async () => {
  await using world = await open();
  const cache = createRowCache<string | undefined>(world.reader, ['setting'], 10);
  let asked = 0;
  const read = () =>
    cache.read('x', () => {
      asked += 1;
      return world.read();
    });
  for (let round = 0; round < 200; round += 1) {
    await world.write(`${round}`);
    assert.equal(cache.peek('x'), undefined, 'a commit makes void what was known');
    assert.equal(await read(), `${round}`);
    assert.equal(await read(), `${round}`);
    assert.equal(cache.peek('x'), `${round}`);
  }
  assert.equal(asked, 200);
});

test('sqlite reader: writes nothing, by any way', async () => {
  await using world = await open();
  await assert.rejects(
    world.reader.transaction(async () => {}),
    { code: dbErrors.read_only.code },
  );
  const insert = world.reader.query.insertInto('setting').values({ name: 'y', value: 'z' });
  await assert.rejects(insert.execute(), { code: dbErrors.unavailable.code });
  await world.reader.ping();
});

test('sqlite reader: no file is made', async () => {
  assert.throws(() => openSqliteReader('/nonexistent/plimsoll.sqlite'), { code: dbErrors.unavailable.code });
});
