// Webhooks: where to post what changed, for which repositories. Only administrators make them (the entry asks).
// The secret is shown once, when it is made, and never leaves the server again.
import type { Selectable } from 'kysely';
import type { Database } from '../../io/db/database.ts';
import type { WebhookTable } from '../../io/db/tables.ts';
import type { Clock, Random } from '../../kit/clock.ts';
import { limits } from '../../kit/limits.ts';
import { hubErrors } from './errors.ts';
import { isNamePattern, matchesPattern } from './name-pattern.ts';

/**
 * `change`: what is different under a tag, once it is known; `push`, `delete`: that it was done, at once. `tag_suspected`:
 * a move that was judged suspicious and allowed; `tag_held`: one that waits, `tag_confirmed`, `tag_dropped`: how that ended;
 * `image_revoked`, `image_reinstated`: somebody took an image back, or undid that; `signature_unexpected`: somebody
 * signed who was not learned; `build_changed`: a tag's image was built otherwise than the one before; `blob_damaged`, `blob_repaired`: of
 * stored bytes that a repository holds.
 */
export type WebhookEvent =
  | 'change'
  | 'push'
  | 'delete'
  | 'tag_suspected'
  | 'tag_held'
  | 'tag_confirmed'
  | 'tag_dropped'
  | 'image_revoked'
  | 'image_reinstated'
  | 'signature_unexpected'
  | 'build_changed'
  | 'blob_damaged'
  | 'blob_repaired';

export interface Webhook {
  readonly id: string;
  readonly url: string;
  /** Of the repositories that it is told of. */
  readonly repositories: string;
  readonly events: readonly WebhookEvent[];
  readonly createdAt: number;
  /** The account's name. */
  readonly createdBy: string;
}

export interface WebhookWish {
  readonly url: string;
  readonly repositories: string;
  /** `change` where absent. */
  readonly events?: readonly WebhookEvent[];
  /** Made where absent. */
  readonly secret?: string;
  readonly createdBy: string;
}

export interface Webhooks {
  /** With its secret, this once. `hub.webhook_invalid`, `hub.webhooks_too_many`. */
  create(wish: WebhookWish): Promise<Webhook & { readonly secret: string }>;
  /** The newest first. */
  list(): Promise<readonly Webhook[]>;
  /** `hub.webhook_missing`. */
  find(id: string): Promise<Webhook>;
  /** With its deliveries, those that wait too. `hub.webhook_missing`. */
  remove(id: string): Promise<Webhook>;
  /** Those that are told what changed in a repository. */
  listFor(repository: string): Promise<readonly Webhook[]>;
}

/** 256 bits, as HMAC-SHA-256 uses at most (RFC 2104 §3). */
const SECRET_BYTES = 32;
const SECRET_CHARS = Object.freeze({ least: 16, most: 200 });

export function createWebhooks(deps: {
  readonly database: Database;
  readonly clock: Clock;
  readonly random: Random;
  /** Whether deliveries may go to this host by plain http. */
  readonly allowsPlaintext: (url: URL) => boolean;
}): Webhooks {
  const { database, clock, random } = deps;
  const { query } = database;

  async function list(): Promise<readonly Webhook[]> {
    const rows = await query
      .selectFrom('webhook')
      .selectAll()
      .orderBy('created_at', 'desc')
      .orderBy('id')
      .execute();
    return rows.map(toWebhook);
  }

  return {
    async create({ url, repositories, createdBy, events = ['change'], ...given }) {
      const secret = given.secret ?? Buffer.from(random.bytes(SECRET_BYTES)).toString('base64url');
      checkAddress(url, deps.allowsPlaintext);
      checkWish(repositories, secret);
      const row = {
        id: random.uuid(),
        url,
        secret,
        repositories,
        events: [...new Set(events)].join(','),
        created_at: clock.now(),
        created_by: createdBy,
      };
      await database.transaction(async (inside) => {
        const { count } = await inside
          .selectFrom('webhook')
          .select((of) => of.fn.countAll<number>().as('count'))
          .executeTakeFirstOrThrow();
        if (Number(count) >= limits.webhooks)
          throw hubErrors.webhooks_too_many(`there are ${count} webhooks already`);
        await inside.insertInto('webhook').values(row).execute();
      });
      return { ...toWebhook(row), secret };
    },

    list,

    async find(id) {
      const row = await query.selectFrom('webhook').selectAll().where('id', '=', id).executeTakeFirst();
      if (row === undefined) throw unknown(id);
      return toWebhook(row);
    },

    async remove(id) {
      const row = await query.deleteFrom('webhook').where('id', '=', id).returningAll().executeTakeFirst();
      if (row === undefined) throw unknown(id);
      return toWebhook(row);
    },

    listFor: async (repository) =>
      (await list()).filter(
        ({ repositories, events }) => events.includes('change') && matchesPattern(repositories, repository),
      ),
  };
}

function checkAddress(url: string, allowsPlaintext: (url: URL) => boolean): void {
  const parsed = url.length <= limits.webhookUrlChars && URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || (parsed.protocol !== 'https:' && parsed.protocol !== 'http:'))
    throw hubErrors.webhook_invalid(`"${url.slice(0, 200)}" is not an http or https address`);
  if (parsed.username !== '' || parsed.password !== '')
    throw hubErrors.webhook_invalid(
      'the address holds a login, which would be shown; the signature proves who sends',
    );
  if (parsed.protocol === 'http:' && !allowsPlaintext(parsed))
    throw hubErrors.webhook_invalid(`${parsed.origin} is plain http, which anybody on the way can read`);
}

function checkWish(repositories: string, secret: string): void {
  if (!isNamePattern(repositories))
    throw hubErrors.webhook_invalid(
      `"${repositories.slice(0, 80)}" is no pattern of repositories such as team/*`,
    );
  if (secret.length < SECRET_CHARS.least || secret.length > SECRET_CHARS.most)
    throw hubErrors.webhook_invalid(
      `the secret has ${secret.length} characters; ${SECRET_CHARS.least} to ${SECRET_CHARS.most} are right`,
    );
}

function unknown(id: string) {
  return hubErrors.webhook_missing(`there is no webhook "${id.slice(0, 40)}"`);
}

function toWebhook(row: Selectable<WebhookTable>): Webhook {
  const { id, url, repositories, created_at: createdAt, created_by: createdBy } = row;
  const events = row.events.split(',') as WebhookEvent[];
  return { id, url, repositories, events, createdAt, createdBy };
}
