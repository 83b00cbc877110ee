import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import type { Database } from '../../io/db/database.ts';
import { openSqliteDatabase } from '../../io/db/sqlite.ts';
import { defineErrors } from '../../kit/error.ts';
import { type Log, silentLog } from '../../kit/log.ts';
import { dispatchEvents } from './dispatch.ts';
import { Loop } from './loop.ts';
import { createQueue, type LeasedJob, leaseMs, type Queue } from './queue.ts';
import { enqueueDue } from './schedule.ts';
import { type JobHandler, runNextJob, Worker } from './worker.ts';

const errors = defineErrors('jobtest', {
  gone: { kind: 'missing', meaning: 'gone', hint: 'none' },
  away: { kind: 'unavailable', meaning: 'away', hint: 'none' },
});

const clock = { at: 1_000, now: () => clock.at };
let database: Database;
let queue: Queue;

before(async () => {
  database = await openSqliteDatabase(':memory:');
  queue = createQueue({ database, clock });
});
after(() => database[Symbol.asyncDispose]());
beforeEach(async () => {
  clock.at = 1_000;
  for (const name of ['job', 'event', 'setting'] as const) await database.query.deleteFrom(name).execute();
});

const wish = { kind: 'scan', key: 'a', input: { digest: 'a' } };
const ask = (input = wish.input): Promise<void> => queue.enqueue(database.query, { ...wish, input });
const take = (owner = 'one'): Promise<LeasedJob | undefined> => queue.lease(owner, ['scan']);
const states = async (): Promise<string[]> =>
  (await database.query.selectFrom('job').select('state').orderBy('id').execute()).map((row) => row.state);

function runNext(handler: JobHandler, ending = new AbortController().signal, log: Log = silentLog) {
  return runNextJob({ queue, handlers: { scan: handler }, clock, log, owner: 'one' }, ending);
}

describe('queue', () => {
  test('asking twice is asking once; a done job may be asked for again', async () => {
    await ask();
    await ask();
    assert.deepEqual(await states(), ['ready']);
    await queue.complete((await take()) as LeasedJob);
    await ask();
    assert.deepEqual(await states(), ['done', 'ready']);
  });

  test('a wish stands exactly when its transaction does', async () => {
    await assert.rejects(
      database.transaction(async (query) => {
        await queue.enqueue(query, wish);
        throw new Error('rolled back');
      }),
    );
    assert.equal(await take(), undefined);
  });

  test('a job asked for with another input while it runs is run once more, with that input', async () => {
    await ask();
    const job = (await take()) as LeasedJob;
    await ask({ digest: 'changed' });
    await queue.complete(job);
    const again = (await take()) as LeasedJob;
    assert.deepEqual([again.input, again.attempts], [{ digest: 'changed' }, 1]);
    await queue.complete(again);
    assert.equal(await take(), undefined);
  });

  test('a leased job is nobody else’s until its lease runs out, as after kill -9', async () => {
    await ask();
    const dead = (await take('dead')) as LeasedJob;
    clock.at += leaseMs;
    assert.equal(await take('two'), undefined);
    clock.at += 1;
    const job = (await take('two')) as LeasedJob;
    assert.deepEqual([job.owner, job.attempts], ['two', 2]);
    assert.equal(await queue.extend(dead), false);
    await queue.complete(dead);
    assert.deepEqual(await states(), ['leased']);
    assert.equal(await queue.extend(job), true);
  });

  test('a process that is alone ends the leases that its predecessor left', async () => {
    await ask();
    const job = (await take('dead')) as LeasedJob;
    assert.equal(await take('alive'), undefined);
    await queue.endLeases();
    assert.equal((await take('alive'))?.id, job.id);
    assert.equal(await queue.extend(job), false);
  });

  test('an extended lease lasts', async () => {
    await ask();
    const job = (await take()) as LeasedJob;
    clock.at += leaseMs - 1;
    await queue.extend(job);
    clock.at += leaseMs;
    assert.equal(await take('two'), undefined);
  });

  test('due jobs come in the order of their time', async () => {
    await queue.enqueue(database.query, { ...wish, key: 'later', runAt: 900 });
    await queue.enqueue(database.query, { ...wish, key: 'first', runAt: 800 });
    await queue.enqueue(database.query, { ...wish, key: 'not yet', runAt: 1_001 });
    assert.deepEqual([(await take())?.key, (await take())?.key, await take()], ['first', 'later', undefined]);
  });
});

describe('worker', () => {
  test('runs what is due and nothing else', async () => {
    const seen: unknown[] = [];
    const handler: JobHandler = { run: async (job) => void seen.push(job.input) };
    assert.equal(await runNext(handler), false);
    await ask();
    assert.equal(await runNext(handler), true);
    assert.deepEqual(seen, [{ digest: 'a' }]);
    assert.deepEqual(await states(), ['done']);
  });

  test('what time may mend is tried again, later and later, and given up in the end', async () => {
    const gaveUp: string[] = [];
    const handler: JobHandler = {
      run: async () => {
        throw errors.away('the disk is away');
      },
      giveUp: async (_job, why) => void gaveUp.push(why),
    };
    await ask();
    const waits: number[] = [];
    for (let round = 0; round < 8; round += 1) {
      assert.equal(await runNext(handler), true);
      assert.equal(await runNext(handler), false, 'not at once');
      const row = await database.query.selectFrom('job').select('run_at').executeTakeFirstOrThrow();
      waits.push(row.run_at - clock.at);
      clock.at = row.run_at;
    }
    assert.deepEqual(waits.slice(0, 3), [5_000, 10_000, 20_000]);
    assert.deepEqual(gaveUp, ['the disk is away']);
    assert.deepEqual(await states(), ['failed']);
  });

  test('what time does not mend fails at once', async () => {
    const gaveUp: string[] = [];
    await ask();
    await runNext({
      run: async () => {
        throw errors.gone('there is no such image');
      },
      giveUp: async (_job, why) => void gaveUp.push(why),
    });
    assert.deepEqual(gaveUp, ['there is no such image']);
    assert.deepEqual(await states(), ['failed']);
  });

  test('a job that ends its process every time is given up', async () => {
    const gaveUp: string[] = [];
    await ask();
    for (let round = 0; round < 8; round += 1) {
      assert.ok(await take(`dead ${round}`));
      clock.at += leaseMs + 1;
    }
    await runNext({
      run: async () => assert.fail('not run again'),
      giveUp: async (_job, why) => void gaveUp.push(why),
    });
    assert.deepEqual(gaveUp, ['the process ended 8 times while it ran']);
    assert.deepEqual(await states(), ['failed']);
  });

  test('ending gives the job back untried', async () => {
    await ask();
    const started = Promise.withResolvers<void>();
    const worker = new Worker({
      queue,
      handlers: {
        scan: {
          run: (_job, signal) =>
            new Promise((_resolve, reject) => {
              signal.addEventListener('abort', () => reject(new Error('told to stop')));
              started.resolve();
            }),
        },
      },
      clock,
      log: silentLog,
      owner: 'one',
      slots: 1,
      pauseMs: 60_000,
    });
    await started.promise;
    await worker[Symbol.asyncDispose]();
    assert.deepEqual(await states(), ['ready']);
    assert.equal((await take())?.attempts, 1);
  });
});

test('a loop goes on after a failed round, is woken, and waits for its round at the end', async () => {
  const rounds: number[] = [];
  const said: string[] = [];
  const reached = Promise.withResolvers<void>();
  const loop = new Loop({
    name: 'the loop',
    pauseMs: 60_000,
    log: { ...silentLog, error: (message) => void said.push(message) },
    round: async () => {
      rounds.push(rounds.length);
      if (rounds.length === 1) return true;
      loop.wake();
      if (rounds.length === 2) throw new Error('no');
      reached.resolve();
      return false;
    },
  });
  await reached.promise;
  await loop[Symbol.asyncDispose]();
  assert.ok(rounds.length >= 3);
  assert.deepEqual(said, ['the loop failed and goes on']);
});

test('an event leads to its jobs once, together with its mark, and unknown events to nothing', async () => {
  const add = (kind: string, subject_json: string) =>
    database.query
      .insertInto('event')
      .values({ kind, subject_json, created_at: 1, dispatched_at: null })
      .execute();
  await add('manifest_pushed', '{"digest":"a"}');
  await add('unheard_of', '{}');
  let isBroken = true;
  const routes = {
    manifest_pushed: async (query: Parameters<Queue['enqueue']>[0], input: LeasedJob['input']) => {
      await queue.enqueue(query, { kind: 'scan', key: 'a', input });
      if (isBroken) throw new Error('killed here');
    },
  };
  await assert.rejects(dispatchEvents({ database, clock, routes }));
  assert.deepEqual(await states(), []);
  isBroken = false;
  await dispatchEvents({ database, clock, routes });
  await dispatchEvents({ database, clock, routes });
  assert.deepEqual(await states(), ['ready']);
  const left = await database.query
    .selectFrom('event')
    .where('dispatched_at', 'is', null)
    .selectAll()
    .execute();
  assert.deepEqual(left, []);
});

test('a scheduled job is due at first, then every so often, also across restarts', async () => {
  const entries = [{ name: 'daily', everyMs: 100, job: wish }];
  const isDue = () => enqueueDue({ database, queue: createQueue({ database, clock }), clock, entries });
  assert.equal(await isDue(), true);
  assert.equal(await isDue(), false);
  clock.at += 99;
  assert.equal(await isDue(), false);
  clock.at += 1;
  assert.equal(await isDue(), true);
});
