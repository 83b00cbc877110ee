// What is posted to webhooks, as rows: written with what caused it, at most once per webhook and change, and kept
// with how it went. Posting itself is deliver.ts's business.
import type { Selectable } from 'kysely';
import type { Database, Query } from '../../io/db/database.ts';
import type { WebhookDeliveryTable } from '../../io/db/tables.ts';
import type { Clock, Random } from '../../kit/clock.ts';
import { limits } from '../../kit/limits.ts';
import type { Queue } from '../jobs/queue.ts';
import { hubErrors } from './errors.ts';
import type { WebhookEvent } from './webhooks.ts';

export type DeliveryState = 'waiting' | 'delivered' | 'failed';

export interface Delivery {
  readonly id: string;
  readonly event: string;
  readonly state: DeliveryState;
  readonly attempts: number;
  /** HTTP status of the last answer. */
  readonly status?: number;
  /** Why the last try failed. */
  readonly error?: string;
  readonly createdAt: number;
  readonly endedAt?: number;
  /** The delivery that was first. */
  readonly replayOf?: string;
}

export interface DeliveryWish {
  readonly webhookId: string;
  /** Absent for a test. */
  readonly changeId?: number;
  readonly event: WebhookEvent | 'ping';
  /** JSON. */
  readonly body: string;
  readonly replayOf?: string;
}

export interface Deliveries {
  /** Writes the delivery and its job in the caller's transaction; its id, or undefined where it stands already. */
  add(query: Query, wish: DeliveryWish): Promise<string | undefined>;
  /** The newest first, at most `limits.webhookDeliveries`. */
  list(webhookId: string): Promise<readonly Delivery[]>;
  find(id: string): Promise<Delivery | undefined>;
  /** Posts the same body again, as a delivery of its own. `hub.webhook_missing` where it is not remembered. */
  replay(webhookId: string, id: string): Promise<Delivery>;
}

export const deliverJob = 'deliver-webhook';

export function createDeliveries(deps: {
  readonly database: Database;
  readonly queue: Queue;
  readonly clock: Clock;
  readonly random: Random;
}): Deliveries {
  const { database, queue, clock, random } = deps;
  async function add(
    query: Query,
    { webhookId, changeId, event, body, replayOf }: DeliveryWish,
  ): Promise<string | undefined> {
    const id = random.uuid();
    const now = clock.now();
    const isFull = (await countWaiting(query, webhookId)) >= limits.webhookWaiting;
    const state = isFull
      ? { state: 'failed', error: `${limits.webhookWaiting} others were waiting already`, ended_at: now }
      : { state: 'waiting', error: null, ended_at: null };
    const result = await query
      .insertInto('webhook_delivery')
      .values({
        id,
        webhook_id: webhookId,
        change_id: changeId ?? null,
        event,
        body,
        attempts: 0,
        status: null,
        created_at: now,
        replay_of: replayOf ?? null,
        ...state,
      })
      .onConflict((conflict) => conflict.columns(['webhook_id', 'change_id']).doNothing())
      .executeTakeFirst();
    if (result.numInsertedOrUpdatedRows !== 1n) return undefined;
    await forgetOldDeliveries(query, webhookId);
    if (!isFull) await queue.enqueue(query, { kind: deliverJob, key: id, input: { delivery: id } });
    return id;
  }

  async function find(id: string): Promise<Delivery | undefined> {
    const row = await database.query
      .selectFrom('webhook_delivery')
      .selectAll()
      .where('id', '=', id)
      .executeTakeFirst();
    return row === undefined ? undefined : toDelivery(row);
  }

  return {
    add,
    find,

    async replay(webhookId, first) {
      const id = await database.transaction(async (query) => {
        const row = await query
          .selectFrom('webhook_delivery')
          .select(['id', 'event', 'body', 'replay_of'])
          .where('webhook_id', '=', webhookId)
          .where('id', '=', first)
          .executeTakeFirst();
        if (row === undefined) return undefined;
        const event = row.event as DeliveryWish['event'];
        return add(query, { webhookId, event, body: row.body, replayOf: row.replay_of ?? row.id });
      });
      const delivery = id === undefined ? undefined : await find(id);
      if (delivery !== undefined) return delivery;
      throw hubErrors.webhook_missing(`there is no delivery "${first.slice(0, 40)}" of this webhook`);
    },

    async list(webhookId) {
      const rows = await database.query
        .selectFrom('webhook_delivery')
        .selectAll()
        .where('webhook_id', '=', webhookId)
        .orderBy('created_at', 'desc')
        .orderBy('id')
        .limit(limits.webhookDeliveries)
        .execute();
      return rows.map(toDelivery);
    },
  };
}

async function countWaiting(query: Query, webhookId: string): Promise<number> {
  const { count } = await query
    .selectFrom('webhook_delivery')
    .select((of) => of.fn.countAll<number>().as('count'))
    .where('webhook_id', '=', webhookId)
    .where('state', '=', 'waiting')
    .executeTakeFirstOrThrow();
  return Number(count);
}

/** Those that wait stay, whatever their number. */
export async function forgetOldDeliveries(query: Query, webhookId: string): Promise<void> {
  const ended = query
    .selectFrom('webhook_delivery')
    .where('webhook_id', '=', webhookId)
    .where('state', '<>', 'waiting');
  const oldest = await ended
    .select('created_at')
    .orderBy('created_at', 'desc')
    .offset(limits.webhookDeliveries)
    .limit(1)
    .executeTakeFirst();
  if (oldest === undefined) return;
  await query
    .deleteFrom('webhook_delivery')
    .where('webhook_id', '=', webhookId)
    .where('state', '<>', 'waiting')
    .where('created_at', '<=', oldest.created_at)
    .execute();
}

function toDelivery(row: Selectable<WebhookDeliveryTable>): Delivery {
  const { id, event, attempts, status, error, replay_of: replayOf } = row;
  return {
    id,
    event,
    state: row.state as DeliveryState,
    attempts,
    ...(status === null ? {} : { status }),
    ...(error === null ? {} : { error }),
    createdAt: row.created_at,
    ...(row.ended_at === null ? {} : { endedAt: row.ended_at }),
    ...(replayOf === null ? {} : { replayOf }),
  };
}
