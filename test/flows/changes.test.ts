// Promise: a push under a tag that is there already is compared with what the tag named before; the API says what
// changed, and webhooks are told once, signed, however often the server ends in between.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import type {
  ComparisonAnswer,
  ImageChange,
  TagChangeList,
} from '../../src/entry/http/contract-comparison.ts';
import type {
  CreatedWebhook,
  WebhookDelivery,
  WebhookDeliveryList,
  WebhookList,
} from '../../src/entry/http/contract-webhook.ts';
import { writeFeeds } from '../world/feeds.ts';
import { artifact, debianImage, index, npmImage } from '../world/image.ts';
import { bootProduct, type ProductWorld, temporaryFolder, until } from '../world/product.ts';
import { type Receiver, startReceiver } from '../world/receiver.ts';

const old = debianImage(['openssl 3.0.11-1', 'tzdata 2025b-0+deb12u1']);
const mended = debianImage(['openssl 3.0.15-1', 'tzdata 2025b-0+deb12u1', 'curl 8.0-1']);
const isPrivate = [['--webhooks-private', 'on']] as const;
const asAdmin = { isAdmin: true };

test('the second push of a tag says what changed since the first', async () => {
  await using world = await bootProduct();
  await world.refresh();
  await pushJudged(world, old);
  const none = await world.problem('/api/v1/repositories/team/app/-/images/1.0/change', 404);
  assert.equal(none.code, 'hub.change_missing');
  await pushJudged(world, mended);

  const { change, answer } = await world.get<ImageChange>(
    '/api/v1/repositories/team/app/-/images/1.0/change',
  );
  assert.deepEqual([change.before, change.after, change.state], [old.digest, mended.digest, 'compared']);
  assert.equal(change.answer, 'within the line again');
  assert.match(change.summary ?? '', /^1 high fewer, 1 package more/);
  const { comparison } = answer ?? {};
  assert.deepEqual(
    comparison?.packages.changes.rows.map(({ kind, name, before, after }) => [kind, name, before, after]),
    [
      ['changed', 'openssl', ['3.0.11-1'], ['3.0.15-1']],
      ['added', 'curl', [], ['8.0-1']],
    ],
  );
  assert.deepEqual(
    comparison?.findings.fixed.rows.map(({ id }) => id),
    ['CVE-2026-0101'],
  );
  assert.equal(comparison?.before.reference, `team/app@${old.digest}`);

  await world.push('team/app', '1.0', old);
  const { changes } = await world.get<TagChangeList>('/api/v1/repositories/team/app/-/changes?tag=1.0');
  assert.deepEqual(
    changes.map(({ before, answer: line }) => [before, line]),
    [
      [mended.digest, 'over the line now'],
      [old.digest, 'within the line again'],
    ],
  );
  const first = await world.get<TagChangeList>('/api/v1/repositories/team/app/-/changes?limit=1');
  const rest = await world.get<TagChangeList>(
    `/api/v1/repositories/team/app/-/changes?limit=1&cursor=${first.cursor}`,
  );
  assert.deepEqual([rest.changes.length, rest.changes[0]?.before, rest.cursor], [1, old.digest, undefined]);
});

test('what a tag moved on from is called by its other tag; a tag that was deleted came from nowhere', async () => {
  await using world = await bootProduct();
  await world.refresh();
  for (const [tags, image] of [
    [['1', '1.3', '1.3.2', 'latest'], old],
    [['1', '1.4.0', 'latest'], mended],
  ] as const)
    for (const tag of tags) {
      await world.push('team/app', tag, image);
      await world.untilScanned('team/app', tag);
    }
  const { changes } = await world.get<TagChangeList>('/api/v1/repositories/team/app/-/changes');
  assert.deepEqual(
    changes.map(({ tag, beforeTag, answer }) => [tag, beforeTag, answer]),
    [
      ['latest', '1.3.2', 'within the line again'],
      ['1', '1.3.2', 'within the line again'],
    ],
  );
  const none = await world.get<TagChangeList>('/api/v1/repositories/team/app/-/changes?tag=1.4.0');
  assert.deepEqual(none, { changes: [] });

  // Deleted and pushed again: the tag came from nowhere. By the digest, the moves of the others are known still.
  const token = await world.token('repository:team/app:pull,push,delete');
  const headers = { authorization: `Bearer ${token}` };
  assert.equal((await world.send('DELETE', '/v2/team/app/manifests/latest', { headers })).status, 202);
  await world.push('team/app', 'latest', old);
  const path = '/api/v1/repositories/team/app/-/images';
  assert.equal((await world.problem(`${path}/latest/change`, 404)).code, 'hub.change_missing');
  const { change } = await world.get<ImageChange>(`${path}/${mended.digest}/change`);
  assert.equal(change.tag, 'latest');
});

test('any two images are compared, by tag or digest, for the platform that both have', async () => {
  await using world = await bootProduct();
  const [arm, armNew] = [['a 1'], ['a 2']].map((list) => npmImage(list, { architecture: 'arm64' }));
  assert.ok(arm && armNew);
  await world.push('team/many', '1', index({ 'linux/arm64': arm, 'linux/amd64': npmImage(['b 1']) }));
  await world.push('other/many', '2', index({ 'linux/arm64': armNew }));
  await world.push('team/intel', '1', npmImage(['c 1']));
  await world.push('team/note', '1', artifact(arm));
  for (const name of ['team/many', 'other/many', 'team/intel', 'team/note']) {
    const tag = name === 'other/many' ? '2' : '1';
    await world.untilScanned(name, tag);
    await world.untilScanned(name, tag, name === 'team/many' ? '?platform=linux/arm64' : '');
  }
  const compare = (before: string, after: string, more = '') =>
    `/api/v1/compare?before=${before}&after=${after}${more}`;
  const answer = await world.get<ComparisonAnswer>(compare('team/many:1', `${world.host}/other/many:2`));
  assert.deepEqual([answer.platform, answer.platforms], ['linux/arm64', ['linux/arm64']]);
  assert.equal(answer.before.imageDigest, arm.digest);
  assert.equal(answer.comparison?.packages.changed, 1);

  const differ = await world.problem(compare('other/many:2', 'team/intel:1'), 409);
  assert.equal(differ.code, 'hub.platforms_differ');
  assert.match(differ.detail, /before is for linux\/arm64; after is for linux\/amd64/);
  const wished = await world.problem(compare('team/many:1', 'other/many:2', '&platform=linux/amd64'), 409);
  assert.match(wished.detail, /^linux\/amd64 is not in both/);
  const note = await world.get<ComparisonAnswer>(compare('team/intel:1', 'team/note:1'));
  assert.deepEqual([note.after.scan.state, note.comparison], ['unsupported', undefined]);
  assert.equal(
    (await world.problem(compare('team/intel', 'team/note:1'), 400)).code,
    'hub.reference_invalid',
  );
  assert.equal((await world.problem(compare('team/intel:9', 'team/note:1'), 404)).code, 'hub.image_missing');
  assert.equal((await world.problem('/api/v1/compare?before=a:1', 400)).code, 'http.query_invalid');
});

test('nobody compares with a private repository, or learns that it is there', async () => {
  await using world = await bootProduct();
  await pushJudged(world, old);
  await world.push('secret/app', '1', mended);
  await world.untilScanned('secret/app', '1');
  world.rows(`update repository set is_public = 0 where name = 'secret/app'`);
  const missing = await world.problem('/api/v1/compare?before=team/app:1.0&after=secret/none:1', 404);
  for (const query of [
    'before=team/app:1.0&after=secret/app:1',
    'before=secret/app:1&after=team/app:1.0',
    `before=team/app:1.0&after=secret/app@${mended.digest}`,
  ]) {
    const problem = await world.problem(`/api/v1/compare?${query}`, 404);
    assert.equal(problem.code, 'hub.repository_missing', query);
    assert.equal(problem.detail, missing.detail.replace('secret/none', 'secret/app'), query);
  }
  await world.problem(`/api/v1/compare?before=team/app:1.0&after=team/app@${mended.digest}`, 404);
  await world.problem('/api/v1/repositories/secret/app/-/changes', 404);
  await world.problem('/api/v1/repositories/secret/app/-/images/1/change', 404);
  const answer = await world.get<ComparisonAnswer>(
    '/api/v1/compare?before=team/app:1.0&after=secret/app:1',
    asAdmin,
  );
  assert.equal(answer.after.repository, 'secret/app');
});

test('a webhook gets one signed post per change, and none for a first push', async () => {
  await using receiver = await startReceiver();
  await using world = await bootProduct({ flags: isPrivate });
  await world.refresh();
  const { id, secret } = await createWebhook(world, receiver, 'team/*');
  await pushJudged(world, old);
  await world.push('other/app', '1.0', old);
  await world.push('other/app', '1.0', mended);
  await pushJudged(world, mended);
  await until(async () => receiver.posted[0], 'the post');
  await untilDelivered(world, id);

  assert.equal(receiver.posted.length, 1);
  const { headers, body } = receiver.posted[0] as (typeof receiver.posted)[number];
  const signature = createHmac('sha256', secret).update(body).digest('hex');
  assert.equal(headers['x-plimsoll-signature-256'], `sha256=${signature}`);
  assert.equal(headers['x-plimsoll-event'], 'change');
  const told = JSON.parse(body) as Record<string, unknown>;
  const { event, repository, tag, before, after, answer, platform } = told;
  assert.deepEqual(
    { event, repository, tag, before, after, answer, platform },
    {
      event: 'change',
      repository: 'team/app',
      tag: '1.0',
      before: old.digest,
      after: mended.digest,
      answer: 'within the line again',
      platform: 'linux/amd64',
    },
  );
  const { pathname, searchParams, host } = new URL(told.url as string);
  assert.deepEqual([host, pathname], [world.host, '/compare']);
  const compared = await world.get<ComparisonAnswer>(`/api/v1/compare?${searchParams}`);
  assert.equal(compared.comparison?.summary, told.summary);

  const { deliveries } = await world.get<WebhookDeliveryList>(`/api/v1/webhooks/${id}/deliveries`, asAdmin);
  assert.deepEqual(
    deliveries.map(({ id: one, state, attempts, status }) => [one, state, attempts, status]),
    [[headers['x-plimsoll-delivery'], 'delivered', 1, 204]],
  );
});

test('an index is told of once, after its platforms were looked into', async () => {
  await using receiver = await startReceiver();
  await using world = await bootProduct({ flags: isPrivate });
  const { id } = await createWebhook(world, receiver, '**');
  for (const version of ['1', '2'])
    await world.push(
      'team/many',
      'latest',
      index({
        'linux/amd64': npmImage([`a ${version}`]),
        'linux/arm64': npmImage([`a ${version}`], { architecture: 'arm64' }),
      }),
    );
  await untilDelivered(world, id);
  assert.match(receiver.posted[0]?.body ?? '', /"summary":"CVEs not known and 1 package changed/);
  await world.untilScanned('team/many', 'latest', '?platform=linux/arm64');
  await untilUnused(world);
  assert.equal(receiver.posted.length, 1);
});

test('a receiver that fails is tried again as time passes, and what is lost says why', async () => {
  await using receiver = await startReceiver();
  let ahead = 0;
  await using world = await bootProduct({
    flags: isPrivate,
    clock: { now: () => Date.now() + ahead },
  });
  const { id } = await createWebhook(world, receiver, '**');
  const path = `/api/v1/webhooks/${id}`;
  receiver.status = 307;
  await world.get(`${path}/test`, { method: 'POST', status: 202, isAdmin: true });
  const read = async () =>
    (await world.get<WebhookDeliveryList>(`${path}/deliveries`, asAdmin)).deliveries.at(
      -1,
    ) as WebhookDelivery;
  const tried = (attempts: number) =>
    until(async () => {
      const delivery = await read();
      return delivery.attempts === attempts ? delivery : undefined;
    }, `try ${attempts}`);
  const first = await tried(1);
  assert.deepEqual([first.state, first.status], ['waiting', 307]);
  assert.equal(first.error, 'the receiver answered 307');
  assert.equal(receiver.posted.length, 1, 'a redirect is not followed');

  receiver.status = 500;
  ahead += 16_000;
  await tried(2);
  receiver.status = 200;
  ahead += 61_000;
  const last = await tried(3);
  await until(async () => ((await read()).state === 'delivered' ? true : undefined), 'the end');
  assert.equal(last.status, 200);
  assert.equal(new Set(receiver.posted.map(({ headers }) => headers['x-plimsoll-delivery'])).size, 1);
  assert.equal(new Set(receiver.posted.map(({ body }) => body)).size, 1);
});

test('an address of this machine is refused, at once and with its reason', async () => {
  await using receiver = await startReceiver();
  await using world = await bootProduct();
  const { id } = await createWebhook(world, receiver, '**');
  await world.get(`/api/v1/webhooks/${id}/test`, { method: 'POST', status: 202, isAdmin: true });
  const failed = await until(async () => {
    const list = await world.get<WebhookDeliveryList>(`/api/v1/webhooks/${id}/deliveries`, asAdmin);
    return list.deliveries.find(({ state }) => state === 'failed');
  }, 'the refusal');
  assert.equal(failed.error, '127.0.0.1 is not a public address');
  assert.equal(receiver.posted.length, 0);
});

test('only administrators have webhooks, and the secret is shown once', async () => {
  await using receiver = await startReceiver();
  await using world = await bootProduct({ flags: isPrivate });
  const { id, secret } = await createWebhook(world, receiver, 'team/**');
  assert.ok(secret.length >= 16);
  const list = await world.get<WebhookList>('/api/v1/webhooks', asAdmin);
  assert.deepEqual(
    list.webhooks.map(({ id: one, repositories, createdBy }) => [one, repositories, createdBy]),
    [[id, 'team/**', 'admin']],
  );
  assert.doesNotMatch(JSON.stringify(list), new RegExp(secret));
  for (const [method, path] of [
    ['GET', '/api/v1/webhooks'],
    ['POST', '/api/v1/webhooks'],
    ['GET', `/api/v1/webhooks/${id}/deliveries`],
    ['POST', `/api/v1/webhooks/${id}/test`],
    ['DELETE', `/api/v1/webhooks/${id}`],
  ] as const)
    assert.equal((await world.problem(path, 401, { method })).code, 'hub.login_required');
  const wish = (body: unknown, status: number) =>
    world.problem('/api/v1/webhooks', status, { method: 'POST', body, isAdmin: true });
  for (const body of [
    { url: 'ftp://example.org' },
    { url: 'https://me:pass@example.org/' },
    { url: 'http://example.org/' },
    { url: receiver.url, repositories: 'A B' },
    { url: receiver.url, secret: 'short' },
  ])
    assert.equal((await wish(body, 400)).code, 'hub.webhook_invalid', JSON.stringify(body));
  for (const body of [{}, { url: receiver.url, more: 1 }, 'text'])
    assert.equal((await wish(body, 400)).code, 'http.body_invalid', JSON.stringify(body));
  await world.get(`/api/v1/webhooks/${id}`, { method: 'DELETE', isAdmin: true });
  const gone = await world.problem(`/api/v1/webhooks/${id}/deliveries`, 404, asAdmin);
  assert.equal(gone.code, 'hub.webhook_missing');
});

test('ends of the server in between lose nothing and tell nothing twice', async () => {
  await using receiver = await startReceiver();
  using folder = temporaryFolder();
  writeFeeds(`${folder.path}/feeds`);
  let id: string;
  {
    await using world = await bootProduct({ folder: folder.path, flags: isPrivate });
    ({ id } = await createWebhook(world, receiver, '**'));
    await pushJudged(world, old);
    receiver.status = 503;
    await world.push('team/app', '1.0', mended);
  }
  {
    await using world = await bootProduct({ folder: folder.path, flags: isPrivate });
    await world.untilScanned('team/app', '1.0');
    await until(async () => receiver.posted[0], 'a first try');
  }
  receiver.status = 204;
  const before = receiver.posted.length;
  const clock = { now: () => Date.now() + 3_600_000 };
  await using world = await bootProduct({ folder: folder.path, flags: isPrivate, clock });
  await untilDelivered(world, id);
  assert.equal(receiver.posted.length, before + 1);
  assert.equal(world.rows('select id from webhook_delivery').length, 1);
});

async function pushJudged(world: ProductWorld, image: typeof old): Promise<void> {
  await world.push('team/app', '1.0', image);
  assert.equal((await world.untilScanned('team/app', '1.0')).scan.state, 'judged');
}

function createWebhook(
  world: ProductWorld,
  { url }: Receiver,
  repositories: string,
): Promise<CreatedWebhook> {
  const body = { url, repositories };
  return world.get('/api/v1/webhooks', { method: 'POST', status: 201, isAdmin: true, body });
}

async function untilDelivered(world: ProductWorld, id: string): Promise<void> {
  await until(async () => {
    const list = await world.get<WebhookDeliveryList>(`/api/v1/webhooks/${id}/deliveries`, asAdmin);
    return list.deliveries.some(({ state }) => state === 'delivered') ? true : undefined;
  }, 'the delivery');
}

/** Until no event and no job is left. */
async function untilUnused(world: ProductWorld): Promise<void> {
  await until(async () => {
    const left = world.rows(
      `select id from event where dispatched_at is null union all
       select id from job where state in ('ready', 'leased')`,
    );
    return left.length === 0 ? true : undefined;
  }, 'a server with nothing to do');
}
