// Trusted publishing: a repository or a namespace names whose identity tokens may push to it (issuer, audience, subject
// and claims), and a job elsewhere gets a push token of minutes for its identity token. No secret is stored anywhere.
// A publisher is a subject of roles like a robot, always a writer, so that access.ts knows no second way.
// Names can be given up and taken by others; where an issuer has numbers for them, those have to be named.
import type { Selectable } from 'kysely';
import type { Database, Query } from '../../io/db/database.ts';
import type { PublisherTable } from '../../io/db/tables-rights.ts';
import type { Clock, Random } from '../../kit/clock.ts';
import { hashHex } from '../../kit/hash.ts';
import { isJsonObject, parseJson } from '../../kit/json.ts';
import { limits } from '../../kit/limits.ts';
import type { Grant, NamespaceGrant } from './access.ts';
import { recordAudit } from './audit.ts';
import { findMisfit, isExact } from './claim-pattern.ts';
import { hubErrors } from './errors.ts';
import { CLOCK_TOLERANCE_SECONDS, type Payload, readIdTokenHead, verifyIdToken } from './id-token.ts';
import type { IssuerKeys } from './issuer-keys.ts';
import { networkOf } from './login-brake.ts';
import type { PublisherPrincipal } from './principal.ts';

export interface Publisher {
  readonly id: string;
  readonly issuer: string;
  readonly audience: string;
  readonly subject: string;
  readonly claims: Readonly<Record<string, string>>;
  readonly createdAt: number;
  readonly createdBy: string;
  readonly lastUsedAt?: number;
}

export type PublisherWish = Pick<Publisher, 'issuer' | 'audience' | 'subject' | 'claims'>;

type TargetGrant = Grant<'maintain'> | NamespaceGrant<'maintain'>;

export interface Publishers {
  /** `hub.publisher_invalid`, `hub.publishers_too_many`. */
  create(grant: TargetGrant, wish: PublisherWish): Promise<Publisher>;
  /** The oldest first. */
  list(grant: TargetGrant): Promise<readonly Publisher[]>;
  /** Tokens that it gave can push no more from now on. `hub.publisher_missing`. */
  remove(grant: TargetGrant, id: string): Promise<Publisher>;
  /**
   * The job that an identity token speaks for. `usedFrom`: the token is a password, which a client sends several times,
   * and is taken again from the same network alone; without it, once. `hub.id_token_invalid`, `hub.id_token_refused`,
   * `hub.id_token_used`, `hub.issuer_unavailable`.
   */
  identify(token: string, options?: { readonly usedFrom?: string }): Promise<PublisherPrincipal>;
}

/** Issuers whose names can change hands, and the claims of which one has to be exact. */
const NUMBERS: Readonly<Record<string, readonly string[]>> = Object.freeze({
  'https://token.actions.githubusercontent.com': ['repository_id', 'repository_owner_id'],
  'https://gitlab.com': ['project_id', 'namespace_id'],
});
const PATTERN_CHARS = 500;
const CLAIMS = 20;
const CLAIM_NAME = /^[A-Za-z0-9_.:/-]{1,100}$/;
const USE_NOTED_MS = 60_000;

interface Deps {
  readonly database: Database;
  readonly clock: Clock;
  readonly random: Random;
  readonly keys: IssuerKeys;
}

export function createPublishers(deps: Deps): Publishers {
  const { database, clock, keys } = deps;
  return {
    async create(grant, wish) {
      checkWish(wish, keys);
      return database.transaction((query) => addPublisher(query, deps, grant, wish));
    },

    async list(grant) {
      const { target_kind, target } = targetOf(grant);
      const rows = await database.query
        .selectFrom('publisher')
        .selectAll()
        .where('target', '=', target)
        .where('target_kind', '=', target_kind)
        .orderBy('created_at')
        .orderBy('id')
        .execute();
      return rows.map(toPublisher);
    },

    remove: (grant, id) =>
      database.transaction(async (query) => {
        const { target_kind, target } = targetOf(grant);
        const row = await query
          .deleteFrom('publisher')
          .where('id', '=', id)
          .where('target', '=', target)
          .where('target_kind', '=', target_kind)
          .returningAll()
          .executeTakeFirst();
        if (row === undefined)
          throw hubErrors.publisher_missing(`${target} has no publisher "${id.slice(0, 40)}"`);
        await query
          .deleteFrom('role')
          .where('subject_kind', '=', 'publisher')
          .where('subject_id', '=', id)
          .execute();
        await recordAudit(
          query,
          grant,
          [{ action: 'publisher.delete', target, detail: { id } }],
          clock.now(),
        );
        return toPublisher(row);
      }),

    async identify(token, { usedFrom } = {}) {
      const { issuer, payload } = await verify(token, deps);
      const rows = await listOfIssuer(database.query, issuer);
      const fitting = rows.filter((row) => misfitOf(row, payload) === undefined);
      if (fitting.length === 0) throw refusal(rows, payload);
      const from = usedFrom === undefined ? '' : networkOf(usedFrom);
      const name = `oidc:${payload.sub.slice(0, 255)}`;
      await database.transaction(async (query) => {
        const now = clock.now();
        const isFirst = await checkUnused(query, { token, issuer, payload, from, now });
        await noteUse(query, fitting, now);
        const wishes = fitting.map(({ id, target }) => ({
          action: 'publisher.login',
          target,
          detail: { id },
        }));
        if (isFirst) await recordAudit(query, { account: name, via: issuer }, wishes, now);
      });
      return { kind: 'publisher', ids: fitting.map(({ id }) => id), name, via: issuer };
    },
  };
}

/** The token's claims, once its signature by an issuer that somebody here trusts is proven. */
async function verify(token: string, deps: Deps): Promise<{ issuer: string; payload: Payload }> {
  const head = readIdTokenHead(token);
  const { issuer } = head;
  if (!deps.keys.isAllowed(issuer) || (await listOfIssuer(deps.database.query, issuer)).length === 0)
    throw hubErrors.id_token_refused(`nothing here is published by the issuer "${issuer.slice(0, 200)}"`);
  return { issuer, payload: await verifyIdToken(token, head, deps) };
}

function listOfIssuer(query: Query, issuer: string): Promise<Selectable<PublisherTable>[]> {
  return query
    .selectFrom('publisher')
    .selectAll()
    .where('issuer', '=', issuer)
    .orderBy('created_at')
    .execute();
}

function misfitOf(row: Selectable<PublisherTable>, payload: Payload): string | undefined {
  const audiences = Array.isArray(payload.aud) ? payload.aud : [payload.aud];
  if (!audiences.includes(row.audience))
    return `it is for ${audiences.join(', ').slice(0, 200)}, not ${row.audience}`;
  return findMisfit(toPublisher(row), payload);
}

/** Tells of its own token alone, and of one publisher: of others' patterns nothing. */
function refusal(rows: readonly Selectable<PublisherTable>[], payload: Payload): Error {
  const [only] = rows;
  const why = rows.length === 1 && only !== undefined ? misfitOf(only, payload) : undefined;
  return hubErrors.id_token_refused(
    `no publisher here fits the identity token of ${payload.sub.slice(0, 200)}${why === undefined ? '' : `: ${why}`}`,
  );
}

/** Whether this is its first use; `hub.id_token_used` where it may not be used again. */
async function checkUnused(
  query: Query,
  used: { token: string; issuer: string; payload: Payload; from: string; now: number },
): Promise<boolean> {
  const { token, issuer, payload, from, now } = used;
  // One without a number of its own is known by itself.
  const own = typeof payload.jti === 'string' ? `jti ${payload.jti}` : `token ${token}`;
  const id = hashHex('sha256', `${issuer}\n${own}`);
  await query.deleteFrom('used_id_token').where('expires_at', '<', now).execute();
  const expires_at = (payload.exp + CLOCK_TOLERANCE_SECONDS + 1) * 1000;
  const made = await query
    .insertInto('used_id_token')
    .values({ id, used_from: from, expires_at })
    .onConflict((conflict) => conflict.column('id').doNothing())
    .executeTakeFirst();
  if (made.numInsertedOrUpdatedRows === 1n) return true;
  const before = await query
    .selectFrom('used_id_token')
    .select('used_from')
    .where('id', '=', id)
    .executeTakeFirst();
  if (from === '' || before?.used_from !== from)
    throw hubErrors.id_token_used('the identity token was used before; get a new one for each exchange');
  return false;
}

async function noteUse(
  query: Query,
  rows: readonly Selectable<PublisherTable>[],
  now: number,
): Promise<void> {
  for (const { id, last_used_at } of rows)
    if (last_used_at === null || now - last_used_at >= USE_NOTED_MS)
      await query.updateTable('publisher').set({ last_used_at: now }).where('id', '=', id).execute();
}

async function addPublisher(
  query: Query,
  { clock, random }: Deps,
  grant: TargetGrant,
  wish: PublisherWish,
): Promise<Publisher> {
  const { target_kind, target } = targetOf(grant);
  const now = clock.now();
  const { count } = await query
    .selectFrom('publisher')
    .select((of) => of.fn.countAll<number>().as('count'))
    .where('target', '=', target)
    .executeTakeFirstOrThrow();
  if (Number(count) >= limits.publishers)
    throw hubErrors.publishers_too_many(`${target} has ${count} publishers`);
  const { issuer, audience, subject, claims } = wish;
  const row = {
    id: random.uuid(),
    target_kind,
    target,
    issuer,
    audience,
    subject_pattern: subject,
    claims_json: JSON.stringify(claims),
    created_at: now,
    created_by: grant.account ?? '',
    last_used_at: null,
  };
  await query.insertInto('publisher').values(row).execute();
  const subjectOfRole = { subject_kind: 'publisher', subject_id: row.id };
  await query
    .insertInto('role')
    .values({ target_kind, target, ...subjectOfRole, role: 'writer', created_at: now })
    .execute();
  const detail = { id: row.id, issuer, audience, subject, claims };
  await recordAudit(query, grant, [{ action: 'publisher.create', target, detail }], now);
  return toPublisher(row);
}

function checkWish({ issuer, audience, subject, claims }: PublisherWish, keys: IssuerKeys): void {
  const invalid = hubErrors.publisher_invalid;
  if (!keys.isAllowed(issuer))
    throw invalid(
      `"${issuer.slice(0, 200)}" is none of the issuers that this server takes: ${keys.issuers.join(', ')}`,
    );
  if (audience === '' || audience.length > PATTERN_CHARS)
    throw invalid('the audience is what the token is for, as images.example.org');
  if (Object.keys(claims).length > CLAIMS) throw invalid(`a publisher has at most ${CLAIMS} claims`);
  for (const [name, pattern] of [['sub', subject], ...Object.entries(claims)] as const) {
    if (!CLAIM_NAME.test(name)) throw invalid(`"${name.slice(0, 100)}" is not the name of a claim`);
    if (pattern === '' || pattern.length > PATTERN_CHARS)
      throw invalid(`${name} is a text of 1 to ${PATTERN_CHARS} characters, with * for any text`);
  }
  if ([subject, ...Object.values(claims)].every((pattern) => /^\*+$/.test(pattern)))
    throw invalid(`any token of ${issuer} would fit: name the subject or a claim`);
  const numbers = NUMBERS[issuer];
  if (numbers !== undefined && !numbers.some((name) => isExact(claims[name] ?? '*')))
    throw invalid(
      `name ${numbers.join(' or ')} too: a name at ${new URL(issuer).host} can be given up and taken by somebody else, its number cannot`,
    );
}

function targetOf(grant: TargetGrant): { target_kind: 'namespace' | 'repository'; target: string } {
  return 'namespace' in grant
    ? { target_kind: 'namespace', target: grant.namespace }
    : { target_kind: 'repository', target: grant.repository };
}

function toPublisher(row: Selectable<PublisherTable>): Publisher {
  const claims = parseJson(row.claims_json);
  return {
    id: row.id,
    issuer: row.issuer,
    audience: row.audience,
    subject: row.subject_pattern,
    claims: isJsonObject(claims) ? (claims as Record<string, string>) : {},
    createdAt: row.created_at,
    createdBy: row.created_by,
    ...(row.last_used_at === null ? {} : { lastUsedAt: row.last_used_at }),
  };
}
