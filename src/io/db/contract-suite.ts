// What every database promises, as tests: only what the services above rely on, in words that an
// embedded and a shared database both understand.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Database, Query } from './database.ts';

/** A database to test, migrated and without rows. */
export interface DatabaseUnderTest extends AsyncDisposable {
  readonly database: Database;
  /** Closes nothing and opens the same rows again, as another process would after a restart. */
  reopen(): Promise<Database>;
}

type Check = (promise: string, work: (database: Database, under: DatabaseUnderTest) => Promise<void>) => void;

/** Registers the suite's tests under `name`. `create` is called once per test. */
export function testDatabase(name: string, create: () => Promise<DatabaseUnderTest>): void {
  const check: Check = (promise, work) => {
    test(`${name}: ${promise}`, async () => {
      await using under = await create();
      await work(under.database, under);
    });
  };
  testValues(check);
  testTransactions(check);
  testConstraints(check);
}

function testValues(check: Check): void {
  check('answers a ping', async (database) => {
    await assert.doesNotReject(database.ping());
  });

  check('text is ordered bytewise', async (database) => {
    const names = ['b', 'a', 'B', 'A', '10', '9', 'é', 'a-b', 'a.b', 'a_b', 'ab', 'Z', 'z', '\u{1F6A2}'];
    for (const name of names) await addRepository(database.query, name);
    const rows = await database.query.selectFrom('repository').select('name').orderBy('name').execute();
    const bytewise = [...names].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    assert.deepEqual(
      rows.map((row) => row.name),
      bytewise,
    );
    const after = await database.query
      .selectFrom('repository')
      .select('name')
      .where('name', '>', 'a_b')
      .orderBy('name')
      .execute();
    assert.deepEqual(
      after.map((row) => row.name),
      bytewise.slice(bytewise.indexOf('a_b') + 1),
    );
  });

  check('integers hold a time and a size as numbers, text holds any character', async (database) => {
    const name = 'quote " \' ; drop -- \u{1F6A2} \n';
    await addRepository(database.query, name, Number.MAX_SAFE_INTEGER);
    const row = await database.query.selectFrom('repository').selectAll().executeTakeFirstOrThrow();
    assert.equal(row.name, name);
    assert.equal(row.created_at, Number.MAX_SAFE_INTEGER);
    assert.equal(typeof row.id, 'number');
  });

  check('bytes come back as they went in, large ones too', async (database) => {
    const bytes = new Uint8Array(5 * 1024 * 1024).map((_, position) => position % 251);
    await addScan(database.query, 'large', bytes);
    await addScan(database.query, 'empty', new Uint8Array(0));
    await addScan(database.query, 'none', null);
    const read = async (digest: string): Promise<Uint8Array | null> => {
      const row = await database.query
        .selectFrom('scan')
        .select('inventory_zst')
        .where('digest', '=', digest)
        .executeTakeFirstOrThrow();
      return row.inventory_zst;
    };
    assert.equal(Buffer.compare((await read('large')) as Uint8Array, bytes), 0);
    assert.equal((await read('empty'))?.byteLength, 0);
    assert.equal(await read('none'), null);
  });

  check('keys count up and are never given twice', async (database) => {
    const first = await addEvent(database.query);
    await database.query.deleteFrom('event').where('id', '=', first).execute();
    assert.ok((await addEvent(database.query)) > first);
  });
}

function testTransactions(check: Check): void {
  check('a transaction that throws leaves nothing, and its error passes', async (database) => {
    await assert.rejects(
      database.transaction(async (query) => {
        await addRepository(query, 'one');
        await addEvent(query);
        throw new Error('second thoughts');
      }),
      /second thoughts/,
    );
    assert.deepEqual(await database.query.selectFrom('repository').selectAll().execute(), []);
    assert.deepEqual(await database.query.selectFrom('event').selectAll().execute(), []);
  });

  check('a transaction sees its own rows and gives its result', async (database) => {
    const seen = await database.transaction(async (query) => {
      await addRepository(query, 'one');
      return (await query.selectFrom('repository').select('name').execute()).length;
    });
    assert.equal(seen, 1);
  });

  check('many transactions at once do not lose an update', async (database) => {
    await database.query.insertInto('setting').values({ name: 'count', value: '0' }).execute();
    const read = async (query: Query): Promise<number> => {
      const row = await query.selectFrom('setting').select('value').executeTakeFirstOrThrow();
      return Number(row.value);
    };
    await Promise.all(
      Array.from({ length: 50 }, () =>
        database.transaction(async (query) => {
          const value = await read(query);
          await Promise.resolve();
          await query
            .updateTable('setting')
            .set({ value: String(value + 1) })
            .execute();
        }),
      ),
    );
    assert.equal(await read(database.query), 50);
  });

  check('one of many transactions at once that throws undoes only its own', async (database) => {
    const results = await Promise.allSettled(
      Array.from({ length: 20 }, (_, position) =>
        database.transaction(async (query) => {
          await addRepository(query, `r${position}`);
          if (position % 5 === 0) throw new Error(`no ${position}`);
          // A name that is taken is an error of the database itself.
          if (position % 5 === 1) await addRepository(query, `r${position}`);
          return position;
        }),
      ),
    );
    const kept = results.flatMap((result) => (result.status === 'fulfilled' ? [`r${result.value}`] : []));
    assert.equal(kept.length, 12);
    const rows = await database.query.selectFrom('repository').select('name').orderBy('id').execute();
    assert.deepEqual(
      rows.map((row) => row.name),
      kept,
    );
  });

  check('nobody sees the middle of a transaction', async (database) => {
    const counts: number[] = [];
    const count = async (): Promise<void> => {
      counts.push((await database.query.selectFrom('repository').select('id').execute()).length);
    };
    const writing = database.transaction(async (query) => {
      await addRepository(query, 'one');
      await Promise.resolve();
      await addRepository(query, 'two');
    });
    await Promise.all([count(), writing, count(), count()]);
    assert.deepEqual(
      counts.filter((seen) => seen !== 0 && seen !== 2),
      [],
    );
  });

  check('what was committed is there after a restart', async (database, under) => {
    await database.transaction((query) => addRepository(query, 'kept'));
    await using again = await under.reopen();
    const rows = await again.query.selectFrom('repository').select('name').execute();
    assert.deepEqual(rows, [{ name: 'kept' }]);
  });
}

function testConstraints(check: Check): void {
  check('a name is there once, and the transaction that repeats it is undone', async (database) => {
    await addRepository(database.query, 'one');
    await assert.rejects(
      database.transaction(async (query) => {
        await addEvent(query);
        await addRepository(query, 'one');
      }),
    );
    assert.deepEqual(await database.query.selectFrom('event').selectAll().execute(), []);
  });

  check('inserting what may be there is one query', async (database) => {
    const insert = (at: number): Promise<unknown> =>
      database.query
        .insertInto('blob')
        .values({ digest: 'd', size_bytes: at, created_at: at })
        .onConflict((conflict) => conflict.column('digest').doNothing())
        .returning('digest')
        .execute();
    assert.deepEqual(await insert(1), [{ digest: 'd' }]);
    assert.deepEqual(await insert(2), []);
    const row = await database.query.selectFrom('blob').selectAll().executeTakeFirstOrThrow();
    assert.equal(row.size_bytes, 1);
  });

  check('a row cannot point at nothing', async (database) => {
    const tag = { repository_id: 77, name: 'latest', digest: 'd', updated_at: 1 };
    await assert.rejects(database.query.insertInto('tag').values(tag).execute());
  });

  check('at most one unfinished job of a kind and key', async (database) => {
    await addJob(database.query, 'ready');
    await assert.rejects(addJob(database.query, 'leased'));
    await addJob(database.query, 'done');
    await addJob(database.query, 'failed');
    await database.query.updateTable('job').set({ state: 'done' }).execute();
    await addJob(database.query, 'ready');
    const rows = await database.query.selectFrom('job').select('state').execute();
    assert.equal(rows.length, 4);
  });
}

async function addRepository(query: Query, name: string, createdAt = 1): Promise<void> {
  await query
    .insertInto('repository')
    .values({ name, is_public: 1, created_at: createdAt, updated_at: createdAt })
    .execute();
}

async function addEvent(query: Query): Promise<number> {
  const row = await query
    .insertInto('event')
    .values({ kind: 'tag_moved', subject_json: '{}', created_at: 1, dispatched_at: null })
    .returning('id')
    .executeTakeFirstOrThrow();
  return row.id;
}

async function addScan(query: Query, digest: string, inventory: Uint8Array | null): Promise<void> {
  await query
    .insertInto('scan')
    .values({
      digest,
      state: 'queued',
      repository_id: 1,
      layers_done: 0,
      layers_total: 0,
      inventory_zst: inventory,
      report_zst: null,
      summary_json: null,
      error: null,
      queued_at: 1,
      indexed_at: null,
      judged_at: null,
    })
    .execute();
}

async function addJob(query: Query, state: string): Promise<void> {
  await query
    .insertInto('job')
    .values({
      kind: 'index',
      key: 'k',
      input_json: '{}',
      state,
      attempts: 0,
      run_at: 1,
      lease_owner: null,
      lease_until: null,
      error: null,
      created_at: 1,
      updated_at: 1,
    })
    .execute();
}
