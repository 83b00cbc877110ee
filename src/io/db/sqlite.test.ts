import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { sql } from 'kysely';
import { testDatabase } from './contract-suite.ts';
import type { Database } from './database.ts';
import { dbErrors } from './errors.ts';
import { openSqliteDatabase } from './sqlite.ts';

async function temporaryFolder(): Promise<{ folder: string } & AsyncDisposable> {
  const folder = await mkdtemp(join(tmpdir(), 'plimsoll-db-'));
  return {
    folder,
    [Symbol.asyncDispose]: async () => {
      await rm(folder, { recursive: true, force: true });
    },
  };
}

testDatabase('sqlite', async () => {
  const { folder, [Symbol.asyncDispose]: remove } = await temporaryFolder();
  const file = join(folder, 'plimsoll.db');
  const database = await openSqliteDatabase(file);
  return {
    database,
    reopen: () => openSqliteDatabase(file),
    [Symbol.asyncDispose]: async () => {
      await database[Symbol.asyncDispose]();
      await remove();
    },
  };
});

async function pragma(database: Database, name: string): Promise<unknown> {
  const { rows } = await sql`pragma ${sql.raw(name)}`.execute(database.query);
  return Object.values(rows[0] as object)[0];
}

test('sqlite: a commit is synced, keys are checked, a held file is waited for', async () => {
  await using place = await temporaryFolder();
  await using database = await openSqliteDatabase(join(place.folder, 'plimsoll.db'));
  assert.equal(await pragma(database, 'journal_mode'), 'wal');
  assert.equal(await pragma(database, 'synchronous'), 2);
  assert.equal(await pragma(database, 'foreign_keys'), 1);
  assert.equal(await pragma(database, 'busy_timeout'), 5000);
});

test('sqlite: a file that is no database, and a folder that is not there, are said to be so', async () => {
  await using place = await temporaryFolder();
  const file = join(place.folder, 'plimsoll.db');
  await writeFile(file, 'This is a text file, much longer than a header of a hundred bytes is. '.repeat(10));
  const unavailable = { code: dbErrors.unavailable.code };
  await assert.rejects(openSqliteDatabase(file), unavailable);
  await assert.rejects(openSqliteDatabase(join(place.folder, 'absent', 'plimsoll.db')), unavailable);
});

test('sqlite: rows stream, and a stream that is left early holds nothing up', async () => {
  await using database = await openSqliteDatabase(':memory:');
  for (const name of ['a', 'b', 'c'])
    await database.query.insertInto('setting').values({ name, value: name }).execute();
  const names = database.query.selectFrom('setting').select('name').orderBy('name');
  for await (const row of names.stream()) {
    assert.deepEqual(row, { name: 'a' });
    break;
  }
  await database.query.deleteFrom('setting').where('name', '=', 'a').execute();
  const rest: string[] = [];
  for await (const row of names.stream()) rest.push(row.name);
  assert.deepEqual(rest, ['b', 'c']);
});

test('sqlite: more query texts than are kept prepared still run', async () => {
  await using database = await openSqliteDatabase(':memory:');
  for (let number = 0; number < 600; number += 1) {
    const { rows } = await sql<{ n: number }>`select ${sql.raw(String(number))} as n`.execute(database.query);
    assert.deepEqual(rows, [{ n: number }]);
  }
});

test('sqlite: killed right after a commit was answered, the commit is there', async () => {
  await using place = await temporaryFolder();
  const file = join(place.folder, 'plimsoll.db');
  const program = `
    import { openSqliteDatabase } from ${JSON.stringify(new URL('./sqlite.ts', import.meta.url).href)};
    const database = await openSqliteDatabase(${JSON.stringify(file)});
    for (let number = 0; ; number += 1) {
      await database.transaction((query) =>
        query.insertInto('setting').values({ name: String(number), value: 'x' }).execute());
      process.stdout.write('.');
      await new Promise(setImmediate);
    }
  `;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let answered = 0;
  child.stdout.on('data', (bytes: Buffer) => {
    answered += bytes.byteLength;
    if (answered >= 5) child.kill('SIGKILL');
  });
  await once(child, 'close');
  await using database = await openSqliteDatabase(file);
  const rows = await database.query.selectFrom('setting').select('name').execute();
  assert.ok(rows.length >= answered, `${answered} commits were answered, ${rows.length} are there`);
});

test('a disk that is full undoes all that was to be committed together, and says that it is full', async () => {
  await using database = await openSqliteDatabase(':memory:');
  const { rows } = await sql<{ page_count: number }>`pragma page_count`.execute(database.query);
  await sql`pragma max_page_count = ${sql.lit((rows[0]?.page_count ?? 0) + 4)}`.execute(database.query);
  const write = (name: string, value: string) =>
    database.transaction(async (query) => {
      await query.insertInto('setting').values({ name, value }).execute();
    });
  const [small, large] = await Promise.allSettled([
    write('small', 'x'),
    write('large', 'x'.repeat(1_000_000)),
  ]);
  for (const one of [small, large])
    if (one.status === 'rejected') assert.equal(one.reason.code, dbErrors.unavailable.code);
  assert.equal(large.status, 'rejected');
  const stored = await database.query.selectFrom('setting').select('name').execute();
  assert.deepEqual(
    stored.map((row) => row.name),
    small.status === 'fulfilled' ? ['small'] : [],
  );
  await write('after', 'x');
});
