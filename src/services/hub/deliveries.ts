// What is posted to webhooks, as rows: written with what caused it, at most once per webhook and change, and kept
// with how it went. Posting itself is deliver.ts's business.
import type { Selectable } from 'kysely';
import type { Database, Query } from '../../io/db/database.ts';
import type { WebhookDeliveryTable } from '../../io/db/tables.ts';
import type { Clock, Random } from '../../kit/clock.ts';
import { limits } from '../../kit/limits.ts';
import type { Queue } from '../jobs/queue.ts';

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
}

export interface DeliveryWish {
  readonly webhookId: string;
  /** Absent for a test. */
  readonly changeId?: number;
  readonly event: 'change' | 'ping';
  /** JSON. */
  readonly body: string;
}

export interface Deliveries {
  /** Writes the delivery and its job in the caller's transaction; its id, or undefined where it stands already. */
  add(query: Query, wish: DeliveryWish): Promise<string | undefined>;
  /** The newest first, at most `limits.webhookDeliveries`. */
  list(webhookId: string): Promise<readonly Delivery[]>;
  find(id: string): Promise<Delivery | undefined>;
}

export const deliverJob = 'deliver-webhook';

export function createDeliveries(deps: {
  readonly database: Database;
  readonly queue: Queue;
  readonly clock: Clock;
  readonly random: Random;
}): Deliveries {
  const { database, queue, clock, random } = deps;
  return {
    async add(query, { webhookId, changeId, event, body }) {
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
          ...state,
        })
        .onConflict((conflict) => conflict.columns(['webhook_id', 'change_id']).doNothing())
        .executeTakeFirst();
      if (result.numInsertedOrUpdatedRows !== 1n) return undefined;
      await forgetOldDeliveries(query, webhookId);
      if (!isFull) await queue.enqueue(query, { kind: deliverJob, key: id, input: { delivery: id } });
      return id;
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

    async find(id) {
      const row = await database.query
        .selectFrom('webhook_delivery')
        .selectAll()
        .where('id', '=', id)
        .executeTakeFirst();
      return row === undefined ? undefined : toDelivery(row);
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
  const { id, event, attempts, status, error } = row;
  return {
    id,
    event,
    state: row.state as DeliveryState,
    attempts,
    ...(status === null ? {} : { status }),
    ...(error === null ? {} : { error }),
    createdAt: row.created_at,
    ...(row.ended_at === null ? {} : { endedAt: row.ended_at }),
  };
}
