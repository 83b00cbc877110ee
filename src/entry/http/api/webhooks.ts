// Webhooks, for administrators: making, listing, removing and trying them, and how their deliveries went.
import type { Database } from '../../../io/db/database.ts';
import { type Clock, formatInstant } from '../../../kit/clock.ts';
import type { Deliveries, Delivery } from '../../../services/hub/deliveries.ts';
import { hubErrors } from '../../../services/hub/errors.ts';
import type { Webhook, Webhooks } from '../../../services/hub/webhooks.ts';
import * as contract from '../contract-webhook.ts';
import { type ApiRoute, jsonRoute } from './route.ts';

export interface WebhookRouteParts {
  readonly database: Database;
  readonly clock: Clock;
  readonly webhooks: Webhooks;
  readonly deliveries: Deliveries;
  /** A job was enqueued. */
  readonly wakeWorker: () => void;
}

const PATH = '/api/v1/webhooks';

export function createWebhookRoutes(parts: WebhookRouteParts): readonly ApiRoute[] {
  const { webhooks, deliveries } = parts;
  return [
    jsonRoute({
      method: 'get',
      path: PATH,
      summary: 'Where changes are posted to, the newest first',
      isForAdministrators: true,
      answer: contract.webhookList,
      errors: [401, 403],
      handle: async () => ({ webhooks: (await webhooks.list()).map(shapeWebhook) }),
    }),
    jsonRoute({
      method: 'post',
      path: PATH,
      summary: 'Makes a webhook; its secret is shown in this answer alone',
      isForAdministrators: true,
      status: 201,
      body: contract.webhookWish,
      answer: contract.createdWebhook,
      errors: [400, 401, 403, 429],
      async handle({ viewer, body }) {
        const { url, repositories, events, secret: wished } = body;
        const createdBy = viewer.kind === 'account' ? viewer.name : '';
        const wish = {
          url,
          repositories,
          events,
          createdBy,
          ...(wished === undefined ? {} : { secret: wished }),
        };
        const { secret, ...made } = await webhooks.create(wish);
        return { ...shapeWebhook(made), secret };
      },
    }),
    jsonRoute({
      method: 'get',
      path: `${PATH}/{id}/deliveries`,
      summary: 'What was posted to a webhook and how it went, the newest first',
      isForAdministrators: true,
      answer: contract.webhookDeliveryList,
      errors: [401, 403, 404],
      async handle({ params }) {
        const { id } = await webhooks.find(params.id ?? '');
        return { deliveries: (await deliveries.list(id)).map(shapeDelivery) };
      },
    }),
    jsonRoute({
      method: 'post',
      path: `${PATH}/{id}/deliveries/{delivery}/replay`,
      summary: 'Posts a delivery again, the same body under the same event id, as a delivery of its own',
      isForAdministrators: true,
      status: 202,
      answer: contract.webhookDelivery,
      errors: [401, 403, 404],
      async handle({ params }) {
        const { id } = await webhooks.find(params.id ?? '');
        const delivery = await deliveries.replay(id, params.delivery ?? '');
        parts.wakeWorker();
        return shapeDelivery(delivery);
      },
    }),
    jsonRoute({
      method: 'post',
      path: `${PATH}/{id}/test`,
      summary: 'Posts an event `ping` to a webhook in the background',
      isForAdministrators: true,
      status: 202,
      answer: contract.webhookDelivery,
      errors: [401, 403, 404],
      async handle({ params }) {
        const webhook = await webhooks.find(params.id ?? '');
        return shapeDelivery(await ping(parts, webhook));
      },
    }),
    jsonRoute({
      method: 'delete',
      path: `${PATH}/{id}`,
      summary: 'Removes a webhook and what waits for it; the answer is what it was',
      isForAdministrators: true,
      answer: contract.webhook,
      errors: [401, 403, 404],
      handle: async ({ params }) => shapeWebhook(await webhooks.remove(params.id ?? '')),
    }),
  ];
}

async function ping(parts: WebhookRouteParts, webhook: Webhook): Promise<Delivery> {
  const sentAt = formatInstant(parts.clock.now());
  const body = JSON.stringify({
    event: 'ping',
    webhook: webhook.id,
    repositories: webhook.repositories,
    sentAt,
  });
  const id = await parts.database.transaction((query) =>
    parts.deliveries.add(query, { webhookId: webhook.id, event: 'ping', body }),
  );
  parts.wakeWorker();
  const delivery = id === undefined ? undefined : await parts.deliveries.find(id);
  if (delivery === undefined) throw hubErrors.webhook_missing('the webhook was removed meanwhile');
  return delivery;
}

function shapeWebhook({ id, url, repositories, events, createdAt, createdBy }: Webhook): contract.Webhook {
  return { id, url, repositories, events: [...events], createdAt: formatInstant(createdAt), createdBy };
}

function shapeDelivery({ createdAt, endedAt, ...rest }: Delivery): contract.WebhookDelivery {
  return {
    ...rest,
    createdAt: formatInstant(createdAt),
    ...(endedAt === undefined ? {} : { endedAt: formatInstant(endedAt) }),
  };
}
