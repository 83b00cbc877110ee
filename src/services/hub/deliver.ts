// Posts one delivery to its webhook: signed, bounded, redirects not followed. What is not answered with 2xx is
// tried again through the job queue for about a day, then given up with its reason. A process that is killed between
// the answer and its row posts again under the same delivery id: receivers tell repeats by it.
import { createHmac } from 'node:crypto';
import { isDigest } from '../../formats/oci/digest.ts';
import type { Database } from '../../io/db/database.ts';
import { endBody } from '../../io/net/fetch.ts';
import type { Http, HttpAnswer } from '../../io/net/http.ts';
import { type Clock, formatInstant } from '../../kit/clock.ts';
import { describeError } from '../../kit/error.ts';
import { isJsonObject, parseJson } from '../../kit/json.ts';
import { limits } from '../../kit/limits.ts';
import type { Backoff } from '../jobs/queue.ts';
import type { JobHandler } from '../jobs/worker.ts';
import { forgetOldDeliveries } from './deliveries.ts';
import { hubErrors } from './errors.ts';

/** 15 s, 1 min, 4 min, 16 min, 1 h, 4 h, 17 h: eight tries in a day. */
const deliveryBackoff: Backoff = Object.freeze({
  firstMs: 15_000,
  factor: 4,
  mostMs: 24 * 60 * 60 * 1000,
});

interface Waiting {
  readonly id: string;
  readonly webhook_id: string;
  readonly event: string;
  readonly body: string;
  readonly attempts: number;
  readonly url: string;
  readonly secret: string;
  readonly created_at: number;
  readonly replay_of: string | null;
}

export interface DeliverDeps {
  readonly database: Database;
  readonly clock: Clock;
  /** Connects to public addresses alone, unless the operator means others. */
  readonly http: Pick<Http, 'request'>;
  /** Who tells: this server's scheme and host. */
  readonly origin: string;
}

export function createDeliverHandler(deps: DeliverDeps): JobHandler {
  const { database, clock } = deps;

  async function find(id: unknown): Promise<Waiting | undefined> {
    if (typeof id !== 'string') return undefined;
    return database.query
      .selectFrom('webhook_delivery')
      .innerJoin('webhook', 'webhook.id', 'webhook_delivery.webhook_id')
      .select([
        'webhook_delivery.id',
        'webhook_delivery.webhook_id',
        'webhook_delivery.event',
        'webhook_delivery.body',
        'webhook_delivery.attempts',
        'webhook_delivery.created_at',
        'webhook_delivery.replay_of',
        'webhook.url',
        'webhook.secret',
      ])
      .where('webhook_delivery.id', '=', id)
      .where('webhook_delivery.state', '=', 'waiting')
      .executeTakeFirst();
  }

  async function end(id: string, webhookId: string, state: 'delivered' | 'failed', error?: string) {
    await database.transaction(async (query) => {
      await query
        .updateTable('webhook_delivery')
        .set({ state, error: error ?? null, ended_at: clock.now() })
        .where('id', '=', id)
        .execute();
      await forgetOldDeliveries(query, webhookId);
    });
  }

  return {
    backoff: deliveryBackoff,

    async run(job, signal) {
      // Gone with its webhook, or done before the last process ended.
      const delivery = await find(job.input.delivery);
      if (delivery === undefined) return;
      const note = async (status: number | null, error: string | null) => {
        const set = { attempts: delivery.attempts + 1, status, error };
        await database.query.updateTable('webhook_delivery').set(set).where('id', '=', delivery.id).execute();
      };
      let answer: HttpAnswer;
      try {
        answer = await post(deps, delivery, signal);
      } catch (error) {
        if (!signal.aborted) await note(null, describeError(error));
        throw error;
      }
      endBody(answer.body);
      const isTaken = answer.status >= 200 && answer.status < 300;
      const why = `the receiver answered ${answer.status}`;
      await note(answer.status, isTaken ? null : why);
      if (!isTaken) throw hubErrors.webhook_unanswered(why);
      await end(delivery.id, delivery.webhook_id, 'delivered');
    },

    async giveUp(job, why) {
      const delivery = await find(job.input.delivery);
      if (delivery !== undefined) await end(delivery.id, delivery.webhook_id, 'failed', why);
    },
  };
}

/** What the event is about: `team/app:1.0`; a digest where it is about stored bytes. */
function subjectOf(body: string): { 'ce-subject'?: string } {
  const value = parseJson(body);
  if (!isJsonObject(value)) return {};
  if (typeof value.repository !== 'string')
    return isDigest(value.digest) ? { 'ce-subject': value.digest } : {};
  return {
    'ce-subject': typeof value.tag === 'string' ? `${value.repository}:${value.tag}` : value.repository,
  };
}

/** As the header `X-Plimsoll-Signature-256` has it. */
export function signBody(secret: string, body: string): string {
  return `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;
}

/**
 * As a CloudEvent in binary mode (CloudEvents 1.0, HTTP binding §3.1): the body stays what it was, its attributes
 * are headers. A repeat and a replay are the same event under the same `ce-id`.
 */
async function post(
  { http, origin }: DeliverDeps,
  delivery: Waiting,
  signal: AbortSignal,
): Promise<HttpAnswer> {
  const { id, event, body, url, secret } = delivery;
  // A receiver that sends a byte now and then is never silent for long: the whole has an end too.
  const late = AbortSignal.timeout(2 * limits.webhookAnswerMs);
  try {
    return await http.request({
      url,
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'ce-specversion': '1.0',
        'ce-id': delivery.replay_of ?? id,
        'ce-source': origin,
        'ce-type': `plimsoll.${event}`,
        'ce-time': formatInstant(delivery.created_at),
        ...subjectOf(body),
        'x-plimsoll-event': event,
        'x-plimsoll-delivery': id,
        'x-plimsoll-signature-256': signBody(secret, body),
      },
      body,
      redirects: 'manual',
      timeoutMs: limits.webhookAnswerMs,
      limitBytes: limits.restBytes,
      signal: AbortSignal.any([signal, late]),
    });
  } catch (error) {
    if (!late.aborted || signal.aborted) throw error;
    throw hubErrors.webhook_unanswered('the receiver did not finish its answer in time', { cause: error });
  }
}
