// Promise: a webhook that asked for it is told of each push and deletion once, as a signed CloudEvent; what was posted
// can be seen and posted again.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import type {
  CreatedWebhook,
  WebhookDelivery,
  WebhookDeliveryList,
} from '../../src/entry/http/contract-webhook.ts';
import { npmImage } from '../world/image.ts';
import { bootProduct, type ProductWorld, until } from '../world/product.ts';
import { type Receiver, startReceiver } from '../world/receiver.ts';

const flags = [['--webhooks-private', 'on']] as const;
const [first, second] = [npmImage(['a 1']), npmImage(['a 2'])];

function createWebhook(world: ProductWorld, { url }: Receiver, events?: readonly string[]) {
  const body = { url, repositories: 'team/*', ...(events === undefined ? {} : { events }) };
  return world.get<CreatedWebhook>('/api/v1/webhooks', { method: 'POST', status: 201, isAdmin: true, body });
}

test('pushes and deletions are told once each, to who asked for them', async () => {
  await using receiver = await startReceiver();
  await using world = await bootProduct({ flags });
  const { id, secret, events } = await createWebhook(world, receiver, ['push', 'delete']);
  assert.deepEqual(events, ['push', 'delete']);
  const path = '/v2/team/app/manifests';
  await world.push('team/app', '1', first);
  await world.push('other/app', '1', first);
  await world.push('team/app', '1', second);
  const headers = { authorization: `Bearer ${await world.token('repository:team/app:pull,push,delete')}` };
  assert.equal((await world.send('DELETE', `${path}/1`, { headers })).status, 202);
  assert.equal((await world.send('DELETE', `${path}/${first.digest}`, { headers })).status, 202);
  await until(async () => (receiver.posted.length >= 4 ? true : undefined), 'four posts');

  const told = receiver.posted.map(({ body }) => JSON.parse(body) as Record<string, string>);
  const shown = told.map(({ event, repository, tag, digest, previous }) =>
    [event, repository, tag ?? '', digest, previous ?? ''].join(' '),
  );
  // Several are posted at once, in any order.
  assert.deepEqual(
    shown.sort(),
    [
      `delete team/app  ${first.digest} `,
      `delete team/app 1 ${second.digest} `,
      `push team/app 1 ${first.digest} `,
      `push team/app 1 ${second.digest} ${first.digest}`,
    ].sort(),
  );
  for (const { headers: sent, body } of receiver.posted) {
    const signature = createHmac('sha256', secret).update(body).digest('hex');
    assert.equal(sent['x-plimsoll-signature-256'], `sha256=${signature}`);
    const { event } = JSON.parse(body) as { event: string };
    assert.deepEqual(
      [sent['ce-specversion'], sent['ce-type'], sent['ce-source'], sent['ce-id']],
      ['1.0', `plimsoll.${event}`, world.url.replace(/\/$/, ''), sent['x-plimsoll-delivery']],
    );
  }
  const { deliveries } = await world.get<WebhookDeliveryList>(`/api/v1/webhooks/${id}/deliveries`, {
    isAdmin: true,
  });
  assert.equal(deliveries.length, 4);
});

test('a webhook that did not ask hears nothing of a push', async () => {
  await using receiver = await startReceiver();
  await using other = await startReceiver();
  await using world = await bootProduct({ flags });
  const { events } = await createWebhook(world, receiver);
  assert.deepEqual(events, ['change']);
  await createWebhook(world, other, ['push']);
  await world.push('team/app', '1', first);
  await until(async () => other.posted[0], 'the post to who asked');
  assert.equal(receiver.posted.length, 0);
  const wrong = { url: receiver.url, events: ['pull'] };
  await world.problem('/api/v1/webhooks', 400, { method: 'POST', isAdmin: true, body: wrong });
});

test('a delivery is posted again when somebody asks: the same event, another delivery', async () => {
  await using receiver = await startReceiver();
  await using world = await bootProduct({ flags });
  const { id } = await createWebhook(world, receiver, ['push']);
  await world.push('team/app', '1', first);
  await until(async () => receiver.posted[0], 'the first post');
  const one = receiver.posted[0]?.headers['x-plimsoll-delivery'] as string;
  const path = `/api/v1/webhooks/${id}/deliveries/${one}/replay`;
  await world.problem(path, 401, { method: 'POST' });
  const replay = await world.get<WebhookDelivery>(path, { method: 'POST', status: 202, isAdmin: true });
  assert.equal(replay.replayOf, one);
  const again = await until(async () => receiver.posted[1], 'the replay');
  assert.equal(again.body, receiver.posted[0]?.body);
  assert.deepEqual([again.headers['ce-id'], again.headers['x-plimsoll-delivery']], [one, replay.id]);
  const none = `/api/v1/webhooks/${id}/deliveries/${id}/replay`;
  const missing = await world.problem(none, 404, { method: 'POST', isAdmin: true });
  assert.equal(missing.code, 'hub.webhook_missing');
});
