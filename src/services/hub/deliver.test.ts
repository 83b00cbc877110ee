import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { after, before, beforeEach, test } from 'node:test';
import type { Database } from '../../io/db/database.ts';
import { openSqliteDatabase } from '../../io/db/sqlite.ts';
import { netErrors } from '../../io/net/errors.ts';
import type { HttpAnswer, HttpRequest } from '../../io/net/http.ts';
import { systemRandom } from '../../kit/clock.ts';
import { limits } from '../../kit/limits.ts';
import { silentLog } from '../../kit/log.ts';
import { createQueue, type LeasedJob } from '../jobs/queue.ts';
import { type JobHandler, runNextJob } from '../jobs/worker.ts';
import { createDeliverHandler, signBody } from './deliver.ts';
import { createDeliveries, deliverJob } from './deliveries.ts';
import { hubErrors } from './errors.ts';
import { createWebhooks } from './webhooks.ts';

const clock = { time: 0, now: () => clock.time };
const DAY_MS = 24 * 60 * 60 * 1000;
let database: Database;
let asked: HttpRequest[];
let answer: (request: HttpRequest) => Promise<HttpAnswer>;

before(async () => {
  database = await openSqliteDatabase(':memory:');
});
after(() => database[Symbol.asyncDispose]());
beforeEach(async () => {
  for (const name of ['job', 'webhook_delivery', 'webhook', 'tag_change'] as const)
    await database.query.deleteFrom(name).execute();
  clock.time = 1_000_000;
  asked = [];
  answer = async () => answerOf(204);
});

test('deliver: the body goes out as it is, signed, and the answer is noted', async () => {
  const { webhookId, secret } = await makeWebhook();
  const id = await add(webhookId, '{"event":"ping"}');
  assert.equal(await runAll(), 1);
  const [request] = asked;
  assert.deepEqual(
    [request?.method, request?.body, request?.redirects],
    ['POST', '{"event":"ping"}', 'manual'],
  );
  assert.equal(request?.headers?.['x-plimsoll-signature-256'], signBody(secret, '{"event":"ping"}'));
  assert.equal(request?.headers?.['x-plimsoll-delivery'], id);
  const [delivery] = await list(webhookId);
  assert.deepEqual(delivery, {
    id,
    event: 'ping',
    state: 'delivered',
    attempts: 1,
    status: 204,
    createdAt: 1_000_000,
    endedAt: 1_000_000,
  });
});

test('deliver: what is posted is a CloudEvent in binary mode, and a replay the same event again', async () => {
  const { webhookId } = await makeWebhook();
  const body = '{"event":"ping","repository":"team/app","tag":"1"}';
  const id = (await add(webhookId, body)) ?? '';
  await runAll();
  const said = (request: HttpRequest | undefined) =>
    Object.entries(request?.headers ?? {}).filter(([name]) => name.startsWith('ce-'));
  const attributes = [
    ['ce-specversion', '1.0'],
    ['ce-id', id],
    ['ce-source', 'https://images.example.org'],
    ['ce-type', 'plimsoll.ping'],
    ['ce-time', '1970-01-01T00:16:40.000Z'],
    ['ce-subject', 'team/app:1'],
  ];
  assert.deepEqual(said(asked[0]), attributes);
  clock.time += 5_000;
  const replay = await deliveries().replay(webhookId, id);
  assert.deepEqual([replay.replayOf, replay.state], [id, 'waiting']);
  assert.notEqual(replay.id, id);
  const again = await deliveries().replay(webhookId, replay.id);
  assert.equal(again.replayOf, id, 'a replay of a replay is one of the first');
  assert.equal(await runAll(), 2);
  assert.deepEqual([asked[1]?.body, asked[2]?.body], [body, body]);
  assert.equal(asked[1]?.headers?.['ce-id'], id);
  assert.equal(asked[1]?.headers?.['x-plimsoll-delivery'], replay.id);
  await assert.rejects(deliveries().replay(webhookId, 'none'), { code: 'hub.webhook_missing' });
  await assert.rejects(deliveries().replay('another', id), { code: 'hub.webhook_missing' });
});

test('deliver: the signature is the one that everybody else computes', () => {
  // RFC 4231, test case 2.
  assert.equal(
    signBody('Jefe', 'what do ya want for nothing?'),
    'sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
  );
});

test('deliver: a receiver that never answers well is tried eight times within a day, then given up', async () => {
  const { webhookId } = await makeWebhook();
  answer = async () => answerOf(500);
  await add(webhookId, '{}');
  const startedAt = clock.time;
  let tries = 0;
  let ended = startedAt;
  // Minute by minute, and one day more than is needed.
  for (; clock.time < startedAt + 2 * DAY_MS; clock.time += 60_000) {
    const count = await runAll();
    tries += count;
    if (count > 0) ended = clock.time;
  }
  assert.equal(tries, 8);
  assert.ok(ended - startedAt > DAY_MS / 2 && ended - startedAt < DAY_MS, `${ended - startedAt}`);
  const [delivery] = await list(webhookId);
  assert.deepEqual(
    [delivery?.state, delivery?.attempts, delivery?.status, delivery?.error],
    ['failed', 8, 500, 'the receiver answered 500'],
  );
});

test('deliver: an answer that is not 2xx is a failure that time may mend', async () => {
  const { webhookId } = await makeWebhook();
  answer = async () => answerOf(302);
  const delivery = await add(webhookId, '{}');
  const job = { input: { delivery } } as unknown as LeasedJob;
  await assert.rejects(async () => handler().run(job, new AbortController().signal), {
    code: hubErrors.webhook_unanswered.code,
    kind: 'unavailable',
    message: 'the receiver answered 302',
  });
});

test('deliver: what cannot get better is given up at once, with its reason', async () => {
  const { webhookId } = await makeWebhook();
  answer = async () => {
    throw netErrors.address_private('hooks.example.org is 10.0.0.1, which is not public');
  };
  await add(webhookId, '{}');
  await runAll();
  const [delivery] = await list(webhookId);
  assert.deepEqual(
    [delivery?.state, delivery?.attempts, delivery?.status, delivery?.error],
    ['failed', 1, undefined, 'hooks.example.org is 10.0.0.1, which is not public'],
  );
});

test('deliver: a receiver that cannot be reached is tried again', async () => {
  const { webhookId } = await makeWebhook();
  answer = async () => {
    throw netErrors.unreachable('hooks.example.org: nothing listens there');
  };
  await add(webhookId, '{}');
  await runAll();
  assert.deepEqual(
    (await list(webhookId)).map(({ state, error }) => [state, error]),
    [['waiting', 'hooks.example.org: nothing listens there']],
  );
  const job = await database.query.selectFrom('job').select(['state', 'error']).executeTakeFirst();
  assert.equal(job?.state, 'ready');
});

test('deliver: with its webhook goes what waits, and nothing is posted', async () => {
  const { webhookId, webhooks } = await makeWebhook();
  await add(webhookId, '{}');
  await webhooks.remove(webhookId);
  await runAll();
  assert.equal(asked.length, 0);
  await assert.rejects(webhooks.remove(webhookId), { code: hubErrors.webhook_missing.code });
});

test('deliver: a change is told once to each webhook', async () => {
  const { webhookId } = await makeWebhook();
  const other = await makeWebhook();
  assert.ok(await add(webhookId, '{}', 7));
  assert.equal(await add(webhookId, '{}', 7), undefined);
  assert.ok(await add(other.webhookId, '{}', 7));
  assert.ok(await add(webhookId, '{}', 8));
  assert.equal(await runAll(), 3);
});

test('deliver: ended deliveries are forgotten after a while, waiting ones stay, and too many are refused', async () => {
  const { webhookId } = await makeWebhook();
  const row = { webhook_id: webhookId, event: 'ping', body: '{}', attempts: 1, status: 200, error: null };
  const many = Array.from({ length: limits.webhookDeliveries + 20 }, (_, at) => ({
    ...row,
    id: `old-${at}`,
    change_id: null,
    state: 'delivered',
    created_at: at,
    ended_at: at,
  }));
  await database.query.insertInto('webhook_delivery').values(many).execute();
  await add(webhookId, '{}');
  const ended = await database.query
    .selectFrom('webhook_delivery')
    .select('id')
    .where('state', '=', 'delivered')
    .execute();
  assert.equal(ended.length, limits.webhookDeliveries);

  for (let at = 0; at < limits.webhookWaiting; at += 500)
    await database.query
      .insertInto('webhook_delivery')
      .values(
        many
          .concat(many, many, many, many)
          .slice(0, 500)
          .map((one, place) => ({ ...one, id: `wait-${at}-${place}`, state: 'waiting', ended_at: null })),
      )
      .execute();
  const id = await add(webhookId, '{}');
  const refused = (await list(webhookId)).find((delivery) => delivery.id === id);
  assert.deepEqual(
    [refused?.state, refused?.error],
    ['failed', `${limits.webhookWaiting} others were waiting already`],
  );
});

test('webhooks: an address that would be refused at every delivery is refused when it is given', async () => {
  const { webhooks } = await makeWebhook();
  for (const url of [
    'http://hooks.example.org/',
    'ftp://hooks.example.org/',
    'https://me:no@example.org/',
    '',
  ])
    await assert.rejects(webhooks.create({ url, repositories: '**', createdBy: 'admin' }), {
      code: hubErrors.webhook_invalid.code,
    });
});

test('webhooks: an instance has so many', async () => {
  const { webhooks } = await makeWebhook();
  const wish = { url: 'https://hooks.example.org/', repositories: '**', createdBy: 'admin' };
  for (let count = 1; count < limits.webhooks; count += 1) await webhooks.create(wish);
  await assert.rejects(webhooks.create(wish), { code: hubErrors.webhooks_too_many.code });
  assert.equal((await webhooks.listFor('any/thing')).length, limits.webhooks);
});

async function makeWebhook() {
  const webhooks = createWebhooks({ database, clock, random: systemRandom, allowsPlaintext: () => false });
  const { id: webhookId, secret } = await webhooks.create({
    url: 'https://hooks.example.org/plimsoll',
    repositories: '**',
    createdBy: 'admin',
  });
  return { webhooks, webhookId, secret };
}

function deliveries() {
  const queue = createQueue({ database, clock });
  return createDeliveries({ database, queue, clock, random: systemRandom });
}

function add(webhookId: string, body: string, changeId?: number): Promise<string | undefined> {
  const wish = { webhookId, event: 'ping' as const, body, ...(changeId === undefined ? {} : { changeId }) };
  return database.transaction((query) => deliveries().add(query, wish));
}

function list(webhookId: string) {
  return deliveries().list(webhookId);
}

/** Runs what is due; how many requests that made. */
async function runAll(): Promise<number> {
  const handlers = { [deliverJob]: handler() };
  const options = { queue: createQueue({ database, clock }), handlers, clock, log: silentLog, owner: 'me' };
  const before = asked.length;
  while (await runNextJob(options, new AbortController().signal));
  return asked.length - before;
}

function handler(): JobHandler {
  return createDeliverHandler({
    database,
    clock,
    origin: 'https://images.example.org',
    http: {
      request: (request) => {
        asked.push(request);
        return answer(request);
      },
    },
  });
}

function answerOf(status: number): HttpAnswer {
  return { status, headers: {}, body: Readable.from([]), url: new URL('https://hooks.example.org/') };
}
