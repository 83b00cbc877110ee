// Access tokens: secrets of accounts and robots with permissions, expiry and last use; and refresh tokens, which
// `docker login` keeps in place of a password. A secret is shown once; what stands here is its hash. A revoked token's
// row stays, so that the list and the audit log can say what it was.
import type { Selectable } from 'kysely';
import type { Database, Query } from '../../io/db/database.ts';
import type { AccessTokenTable } from '../../io/db/tables-rights.ts';
import type { Clock, Random } from '../../kit/clock.ts';
import { limits } from '../../kit/limits.ts';
import type { OwnGrant } from './access.ts';
import { type Actor, recordAudit } from './audit.ts';
import { hubErrors } from './errors.ts';
import { checkPermissions, formatPermissions, type Permission, parsePermissions } from './permission.ts';
import { createSecret, hashSecret, isSecret } from './secret.ts';

export interface AccessToken {
  readonly id: string;
  readonly name: string;
  /** Absent: all that the owner may. */
  readonly permissions?: readonly Permission[];
  readonly createdAt: number;
  readonly expiresAt?: number;
  /** At most a minute behind. */
  readonly lastUsedAt?: number;
  readonly revokedAt?: number;
}

export interface AccessTokenWish {
  readonly name: string;
  readonly permissions?: readonly Permission[];
  /** Epoch milliseconds; without it the token holds until it is revoked. */
  readonly expiresAt?: number;
}

/** A token that was presented and holds. */
export interface FoundToken extends AccessToken {
  readonly kind: 'personal' | 'robot' | 'refresh';
  readonly ownerId: string;
  /** Of a refresh token: the access token it was got with. */
  readonly parentId?: string;
}

export interface AccessTokens {
  /** A personal one, with its secret this once. `hub.permission_invalid`, `hub.access_tokens_too_many`. */
  create(grant: OwnGrant, wish: AccessTokenWish): Promise<AccessToken & { readonly secret: string }>;
  /** Of the account, the newest first, revoked and expired ones too. */
  list(grant: OwnGrant): Promise<readonly AccessToken[]>;
  /** At once for everything new; bearer tokens that it gave end within minutes. `hub.access_token_missing`. */
  revoke(grant: OwnGrant, id: string): Promise<AccessToken>;
  /** A refresh token for an account that logged in, in place of its password. */
  createRefresh(accountId: string, wish: { client: string; parentId?: string }): Promise<string>;
  /** What the secret stands for; undefined where it holds no more or never did. Notes the use. */
  find(secret: string): Promise<FoundToken | undefined>;
  /** The same, without its secret and without noting a use. */
  findById(id: string): Promise<FoundToken | undefined>;
}

/** The list should say which tokens are in use, not cost a write on each of a thousand requests. */
const USE_NOTED_MS = 60_000;
/** A refresh token that nobody used for so long ends: the machine is gone. */
const REFRESH_LIFE_MS = 90 * 24 * 60 * 60 * 1000;
const NAME = /^[^\p{C}]{1,100}$/u;

interface Deps {
  readonly database: Database;
  readonly clock: Clock;
  readonly random: Random;
}

export function createAccessTokens(deps: Deps): AccessTokens {
  const { database, clock } = deps;
  const { query } = database;

  async function noteUse(row: Selectable<AccessTokenTable>): Promise<void> {
    const now = clock.now();
    if (row.last_used_at !== null && now - row.last_used_at < USE_NOTED_MS) return;
    const expiry = row.kind === 'refresh' ? { expires_at: now + REFRESH_LIFE_MS } : {};
    await query
      .updateTable('access_token')
      .set({ last_used_at: now, ...expiry })
      .where('id', '=', row.id)
      .execute();
  }

  async function findRow(
    column: 'id' | 'secret_hash',
    value: string,
  ): Promise<Selectable<AccessTokenTable> | undefined> {
    const row = await query
      .selectFrom('access_token')
      .selectAll()
      .where(column, '=', value)
      .executeTakeFirst();
    const isOver = row?.expires_at != null && row.expires_at <= clock.now();
    return row === undefined || row.revoked_at !== null || isOver ? undefined : row;
  }

  return {
    create: (grant, wish) =>
      database.transaction(async (inside) => {
        const owner = { kind: 'personal' as const, ownerId: grant.accountId, target: grant.account };
        return addAccessToken(inside, deps, grant, { ...owner, ...wish });
      }),

    list: (grant) => listAccessTokens(query, grant.accountId, 'personal'),

    revoke: (grant, id) =>
      database.transaction((inside) =>
        revokeAccessToken(inside, deps, grant, { id, ownerId: grant.accountId, target: grant.account }),
      ),

    async createRefresh(accountId, { client, parentId }) {
      const secret = createSecret(deps.random);
      const now = clock.now();
      const row = {
        ...newRow(deps, { kind: 'refresh', ownerId: accountId, name: client }, secret),
        parent_id: parentId ?? null,
        expires_at: now + REFRESH_LIFE_MS,
      };
      await database.transaction(async (inside) => {
        await inside.insertInto('access_token').values(row).execute();
        const kept = inside
          .selectFrom('access_token')
          .select('id')
          .where('owner_id', '=', accountId)
          .where('kind', '=', 'refresh')
          .orderBy('created_at', 'desc')
          .orderBy('id')
          .limit(limits.refreshTokens);
        await inside
          .deleteFrom('access_token')
          .where('owner_id', '=', accountId)
          .where('kind', '=', 'refresh')
          .where('id', 'not in', kept)
          .execute();
      });
      return secret;
    },

    async find(secret) {
      if (!isSecret(secret)) return undefined;
      const row = await findRow('secret_hash', hashSecret(secret));
      if (row === undefined) return undefined;
      // A refresh token never outlives the token that it was got with.
      if (row.parent_id !== null && (await findRow('id', row.parent_id)) === undefined) return undefined;
      await noteUse(row);
      return toFound(row);
    },

    async findById(id) {
      const row = await findRow('id', id);
      return row && toFound(row);
    },
  };
}

interface NewToken extends AccessTokenWish {
  readonly kind: FoundToken['kind'];
  readonly ownerId: string;
}

/** For accounts here and for robots.ts: checks the wish, writes the row and its audit, gives the secret. */
export async function addAccessToken(
  query: Query,
  deps: Omit<Deps, 'database'>,
  actor: Actor,
  wish: NewToken & { readonly target: string },
): Promise<AccessToken & { readonly secret: string }> {
  const now = deps.clock.now();
  checkWish(wish, now);
  const { count } = await query
    .selectFrom('access_token')
    .select((of) => of.fn.countAll<number>().as('count'))
    .where('owner_id', '=', wish.ownerId)
    .where('kind', '=', wish.kind)
    .where('revoked_at', 'is', null)
    .where(({ eb, or }) => or([eb('expires_at', 'is', null), eb('expires_at', '>', now)]))
    .executeTakeFirstOrThrow();
  if (Number(count) >= limits.accessTokens)
    throw hubErrors.access_tokens_too_many(`${wish.target} has ${count} access tokens`);
  const secret = createSecret(deps.random);
  const row = newRow(deps, wish, secret);
  await query.insertInto('access_token').values(row).execute();
  const detail = { id: row.id, name: row.name, permissions: row.permissions_json, expiresAt: row.expires_at };
  await recordAudit(query, actor, [{ action: 'token.create', target: wish.target, detail }], now);
  return { ...toAccessToken(row), secret };
}

export async function revokeAccessToken(
  query: Query,
  { clock }: Pick<Deps, 'clock'>,
  actor: Actor,
  wish: { readonly id: string; readonly ownerId: string; readonly target: string },
): Promise<AccessToken> {
  const now = clock.now();
  const row = await query
    .updateTable('access_token')
    .set({ revoked_at: now })
    .where('id', '=', wish.id)
    .where('owner_id', '=', wish.ownerId)
    .where('kind', '!=', 'refresh')
    .where('revoked_at', 'is', null)
    .returningAll()
    .executeTakeFirst();
  if (row === undefined)
    throw hubErrors.access_token_missing(
      `${wish.target} has no access token "${wish.id.slice(0, 40)}" that holds`,
    );
  const detail = { id: row.id, name: row.name };
  await recordAudit(query, actor, [{ action: 'token.revoke', target: wish.target, detail }], now);
  return toAccessToken(row);
}

/** The newest first. */
export async function listAccessTokens(
  query: Query,
  ownerId: string,
  kind: FoundToken['kind'],
): Promise<readonly AccessToken[]> {
  const rows = await query
    .selectFrom('access_token')
    .selectAll()
    .where('owner_id', '=', ownerId)
    .where('kind', '=', kind)
    .orderBy('created_at', 'desc')
    .orderBy('id')
    .limit(2 * limits.accessTokens)
    .execute();
  return rows.map(toAccessToken);
}

function checkWish({ name, permissions, expiresAt }: AccessTokenWish, now: number): void {
  if (!NAME.test(name))
    throw hubErrors.permission_invalid(
      'the name of a token has 1 to 100 characters, none of them a control character',
    );
  if (permissions !== undefined) checkPermissions(permissions);
  if (expiresAt !== undefined && !(expiresAt > now))
    throw hubErrors.permission_invalid('the token would end before it begins');
}

function newRow(
  { clock, random }: Omit<Deps, 'database'>,
  wish: NewToken,
  secret: string,
): Selectable<AccessTokenTable> {
  return {
    id: random.uuid(),
    kind: wish.kind,
    owner_id: wish.ownerId,
    name: wish.name,
    secret_hash: hashSecret(secret),
    permissions_json: formatPermissions(wish.permissions),
    parent_id: null,
    created_at: clock.now(),
    expires_at: wish.expiresAt ?? null,
    last_used_at: null,
    revoked_at: null,
  };
}

function toFound(row: Selectable<AccessTokenTable>): FoundToken {
  const { kind, owner_id: ownerId, parent_id: parentId } = row;
  const found = { ...toAccessToken(row), kind: kind as FoundToken['kind'], ownerId };
  return { ...found, ...(parentId === null ? {} : { parentId }) };
}

function toAccessToken(row: Selectable<AccessTokenTable>): AccessToken {
  const permissions = parsePermissions(row.permissions_json);
  return {
    id: row.id,
    name: row.name,
    ...(permissions === undefined ? {} : { permissions }),
    createdAt: row.created_at,
    ...(row.expires_at === null ? {} : { expiresAt: row.expires_at }),
    ...(row.last_used_at === null ? {} : { lastUsedAt: row.last_used_at }),
    ...(row.revoked_at === null ? {} : { revokedAt: row.revoked_at }),
  };
}
