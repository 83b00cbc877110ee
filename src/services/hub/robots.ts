// Robots: logins of an organisation (or of an account) that are no person. One is called `org+robot`, which docker and
// podman take as a name; `$`, as Harbor has it, is eaten by shells. A robot may what its roles say; its tokens are
// secrets like any other, each with a name, an expiry and a last use.
import type { Database, Query } from '../../io/db/database.ts';
import type { Clock, Random } from '../../kit/clock.ts';
import type { NamespaceGrant } from './access.ts';
import {
  type AccessToken,
  type AccessTokenWish,
  addAccessToken,
  listAccessTokens,
  revokeAccessToken,
} from './access-tokens.ts';
import { isAccountName } from './account.ts';
import { recordAudit } from './audit.ts';
import { hubErrors } from './errors.ts';

export interface Robot {
  readonly id: string;
  readonly namespace: string;
  readonly name: string;
  /** `org+robot`, its login. */
  readonly fullName: string;
  readonly createdAt: number;
}

export interface Robots {
  /** `hub.account_name_invalid`, `hub.organisation_conflict`. */
  create(grant: NamespaceGrant<'own'>, name: string): Promise<Robot>;
  /** By name. */
  list(grant: NamespaceGrant<'maintain'>): Promise<readonly Robot[]>;
  /** With its roles, tokens and certificates. `hub.organisation_missing`. */
  remove(grant: NamespaceGrant<'own'>, name: string): Promise<Robot>;
  /** With its secret, this once. `hub.organisation_missing`, `hub.permission_invalid`, `hub.access_tokens_too_many`. */
  createToken(
    grant: NamespaceGrant<'own'>,
    name: string,
    wish: AccessTokenWish,
  ): Promise<AccessToken & { readonly secret: string }>;
  /** The newest first. `hub.organisation_missing`. */
  listTokens(grant: NamespaceGrant<'maintain'>, name: string): Promise<readonly AccessToken[]>;
  /** `hub.organisation_missing`, `hub.access_token_missing`. */
  revokeToken(grant: NamespaceGrant<'own'>, name: string, id: string): Promise<AccessToken>;
  findById(id: string): Promise<Robot | undefined>;
}

interface Deps {
  readonly database: Database;
  readonly clock: Clock;
  readonly random: Random;
}

export function createRobots(deps: Deps): Robots {
  const { database, clock, random } = deps;
  return {
    create: (grant, name) =>
      database.transaction(async (query) => {
        if (!isAccountName(name))
          throw hubErrors.account_name_invalid(`"${name.slice(0, 64)}" is not the name of a robot`);
        const { namespace } = grant;
        const now = clock.now();
        const row = { id: random.uuid(), namespace, name, created_at: now };
        const made = await query
          .insertInto('robot')
          .values(row)
          .onConflict((conflict) => conflict.columns(['namespace', 'name']).doNothing())
          .executeTakeFirst();
        if (made.numInsertedOrUpdatedRows !== 1n)
          throw hubErrors.organisation_conflict(`${namespace} has a robot ${name} already`);
        const robot = toRobot(row);
        await recordAudit(query, grant, [{ action: 'robot.create', target: robot.fullName }], now);
        return robot;
      }),

    async list({ namespace }) {
      const rows = await database.query
        .selectFrom('robot')
        .selectAll()
        .where('namespace', '=', namespace)
        .orderBy('name')
        .execute();
      return rows.map(toRobot);
    },

    remove: (grant, name) =>
      database.transaction(async (query) => {
        const robot = await findRobot(query, grant.namespace, name);
        await query
          .deleteFrom('role')
          .where('subject_kind', '=', 'robot')
          .where('subject_id', '=', robot.id)
          .execute();
        await query.deleteFrom('access_token').where('owner_id', '=', robot.id).execute();
        await query.deleteFrom('certificate').where('owner_id', '=', robot.id).execute();
        await query.deleteFrom('robot').where('id', '=', robot.id).execute();
        await recordAudit(query, grant, [{ action: 'robot.delete', target: robot.fullName }], clock.now());
        return robot;
      }),

    createToken: (grant, name, wish) =>
      database.transaction(async (query) => {
        const { id: ownerId, fullName: target } = await findRobot(query, grant.namespace, name);
        return addAccessToken(query, deps, grant, { kind: 'robot', ownerId, target, ...wish });
      }),

    async listTokens(grant, name) {
      const robot = await findRobot(database.query, grant.namespace, name);
      return listAccessTokens(database.query, robot.id, 'robot');
    },

    revokeToken: (grant, name, id) =>
      database.transaction(async (query) => {
        const { id: ownerId, fullName: target } = await findRobot(query, grant.namespace, name);
        return revokeAccessToken(query, deps, grant, { id, ownerId, target });
      }),

    async findById(id) {
      const row = await database.query
        .selectFrom('robot')
        .selectAll()
        .where('id', '=', id)
        .executeTakeFirst();
      return row && toRobot(row);
    },
  };
}

/** `hub.organisation_missing`. */
export async function findRobot(query: Query, namespace: string, name: string): Promise<Robot> {
  const row = await query
    .selectFrom('robot')
    .selectAll()
    .where('namespace', '=', namespace)
    .where('name', '=', name)
    .executeTakeFirst();
  if (row === undefined)
    throw hubErrors.organisation_missing(`${namespace} has no robot "${name.slice(0, 64)}"`);
  return toRobot(row);
}

function toRobot(row: { id: string; namespace: string; name: string; created_at: number }): Robot {
  const { id, namespace, name, created_at: createdAt } = row;
  return Object.freeze({ id, namespace, name, fullName: `${namespace}+${name}`, createdAt });
}
