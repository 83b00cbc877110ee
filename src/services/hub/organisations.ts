// Namespaces: whose the first part of a repository's name is, what new repositories there are (public or not), and an
// organisation's members and teams. Administrators make organisations and name the first owner, so that nobody takes
// a name that is somebody else's; owners do the rest. Being a member gives no right by itself; a role does (roles.ts).
import type { Database, Query } from '../../io/db/database.ts';
import type { Clock, Random } from '../../kit/clock.ts';
import type { AdministratorGrant, Grant, NamespaceGrant } from './access.ts';
import { checkAccountName, isAccountName } from './account.ts';
import { recordAudit } from './audit.ts';
import { hubErrors } from './errors.ts';
import type { Principal } from './principal.ts';

export interface Namespace {
  readonly name: string;
  readonly kind: 'account' | 'organisation';
  /** What new repositories are. */
  readonly isPublic: boolean;
  readonly createdAt: number;
}

export interface Team {
  readonly name: string;
  /** Names of accounts, in order. */
  readonly members: readonly string[];
  readonly createdAt: number;
}

export interface Organisations {
  /** `hub.account_name_invalid`, `hub.account_exists`; `hub.account_missing` of the owner. */
  create(grant: AdministratorGrant, wish: { name: string; owner: string }): Promise<Namespace>;
  /** Those in which the principal has a role or is a member, all for an administrator; by name. */
  list(principal: Principal): Promise<readonly Namespace[]>;
  /** `hub.organisation_missing`. */
  find(grant: NamespaceGrant<'pull'>): Promise<Namespace>;
  setPublic(grant: NamespaceGrant<'own'>, isPublic: boolean): Promise<Namespace>;
  /** Of a repository that is there; `hub.repository_missing`. */
  setRepositoryPublic(grant: Grant<'own'>, isPublic: boolean): Promise<void>;
  /** Names, in order. */
  listMembers(grant: NamespaceGrant<'pull'>): Promise<readonly string[]>;
  /** Nothing where it is one. `hub.account_missing`. */
  addMember(grant: NamespaceGrant<'own'>, account: string): Promise<void>;
  /** With the teams and roles that it has here. `hub.organisation_missing`; `hub.organisation_conflict` of the last owner. */
  removeMember(grant: NamespaceGrant<'own'>, account: string): Promise<void>;
  listTeams(grant: NamespaceGrant<'pull'>): Promise<readonly Team[]>;
  /** `hub.account_name_invalid`, `hub.organisation_conflict`. */
  createTeam(grant: NamespaceGrant<'own'>, team: string): Promise<void>;
  /** With its roles. `hub.organisation_missing`. */
  removeTeam(grant: NamespaceGrant<'own'>, team: string): Promise<void>;
  /** `hub.organisation_missing` where there is no such team, or where the account is no member. */
  setInTeam(grant: NamespaceGrant<'own'>, team: string, account: string, isIn: boolean): Promise<void>;
}

interface Deps {
  readonly database: Database;
  readonly clock: Clock;
  readonly random: Random;
}

export function createOrganisations(deps: Deps): Organisations {
  const { database, clock } = deps;
  const { query } = database;
  const change = <T>(work: (query: Query, now: number) => Promise<T>): Promise<T> =>
    database.transaction((inside) => work(inside, clock.now()));

  return {
    create: (grant, wish) => change((inside, now) => createOrganisation(inside, grant, wish, now)),
    list: (principal) => listNamespaces(query, principal),
    find: ({ namespace }) => readNamespace(query, namespace),

    setPublic: (grant, isPublic) =>
      change(async (inside, now) => {
        const { namespace } = grant;
        const set = { is_public: isPublic ? 1 : 0 };
        await inside.updateTable('namespace').set(set).where('name', '=', namespace).execute();
        const wish = { action: 'namespace.visibility', target: namespace, detail: { isPublic } };
        await recordAudit(inside, grant, [wish], now);
        return readNamespace(inside, namespace);
      }),

    setRepositoryPublic: (grant, isPublic) =>
      change(async (inside, now) => {
        const { repository } = grant;
        const changed = await inside
          .updateTable('repository')
          .set({ is_public: isPublic ? 1 : 0 })
          .where('name', '=', repository)
          .returning('id')
          .execute();
        if (changed.length === 0)
          throw hubErrors.repository_missing(`there is no repository "${repository}" here`);
        const wish = { action: 'repository.visibility', target: repository, detail: { isPublic } };
        await recordAudit(inside, grant, [wish], now);
      }),

    async listMembers({ namespace }) {
      const rows = await query
        .selectFrom('member')
        .innerJoin('account', 'account.id', 'member.account_id')
        .select('account.name')
        .where('member.namespace', '=', namespace)
        .orderBy('account.name')
        .execute();
      return rows.map(({ name }) => name);
    },

    addMember: (grant, account) =>
      change(async (inside, now) => {
        const id = await readAccountId(inside, account);
        await addMember(inside, grant.namespace, id, now);
        const wish = { action: 'member.add', target: grant.namespace, detail: { account } };
        await recordAudit(inside, grant, [wish], now);
      }),

    removeMember: (grant, account) =>
      change(async (inside, now) => {
        await removeMember(inside, grant.namespace, account);
        const wish = { action: 'member.remove', target: grant.namespace, detail: { account } };
        await recordAudit(inside, grant, [wish], now);
      }),

    listTeams: ({ namespace }) => listTeams(query, namespace),

    createTeam: (grant, team) =>
      change(async (inside, now) => {
        if (!isAccountName(team))
          throw hubErrors.account_name_invalid(`"${team.slice(0, 64)}" is not the name of a team`);
        const { namespace } = grant;
        const made = await inside
          .insertInto('team')
          .values({ id: deps.random.uuid(), namespace, name: team, created_at: now })
          .onConflict((conflict) => conflict.columns(['namespace', 'name']).doNothing())
          .executeTakeFirst();
        if (made.numInsertedOrUpdatedRows !== 1n)
          throw hubErrors.organisation_conflict(`${namespace} has a team ${team} already`);
        await recordAudit(inside, grant, [{ action: 'team.create', target: `${namespace}/${team}` }], now);
      }),

    removeTeam: (grant, team) =>
      change(async (inside, now) => {
        const { namespace } = grant;
        const id = await readTeamId(inside, namespace, team);
        await inside
          .deleteFrom('role')
          .where('subject_kind', '=', 'team')
          .where('subject_id', '=', id)
          .execute();
        await inside.deleteFrom('team').where('id', '=', id).execute();
        await recordAudit(inside, grant, [{ action: 'team.delete', target: `${namespace}/${team}` }], now);
      }),

    setInTeam: (grant, team, account, isIn) =>
      change(async (inside, now) => {
        const { namespace } = grant;
        await setInTeam(inside, { namespace, team, account, isIn });
        const action = isIn ? 'team.join' : 'team.leave';
        const wish = { action, target: `${namespace}/${team}`, detail: { account } };
        await recordAudit(inside, grant, [wish], now);
      }),
  };
}

async function createOrganisation(
  query: Query,
  grant: AdministratorGrant,
  { name, owner }: { name: string; owner: string },
  now: number,
): Promise<Namespace> {
  checkAccountName(name);
  const ownerId = await readAccountId(query, owner);
  const made = await query
    .insertInto('namespace')
    .values({ name, kind: 'organisation', is_public: 1, created_at: now })
    .onConflict((conflict) => conflict.column('name').doNothing())
    .executeTakeFirst();
  if (made.numInsertedOrUpdatedRows !== 1n)
    throw hubErrors.account_exists(`there is an account or organisation "${name}" already`);
  await addMember(query, name, ownerId, now);
  const target = { target_kind: 'namespace', target: name };
  const subject = { subject_kind: 'account', subject_id: ownerId };
  await query
    .insertInto('role')
    .values({ ...target, ...subject, role: 'owner', created_at: now })
    .execute();
  await recordAudit(query, grant, [{ action: 'organisation.create', target: name, detail: { owner } }], now);
  return readNamespace(query, name);
}

async function listNamespaces(query: Query, principal: Principal): Promise<readonly Namespace[]> {
  if (principal.kind !== 'account' || principal.permissions !== undefined) return [];
  const { id, isAdmin } = principal;
  const rows = await query
    .selectFrom('namespace')
    .selectAll()
    .$if(!isAdmin, (some) =>
      some.where(({ eb, or, selectFrom }) =>
        or([
          eb('name', 'in', selectFrom('member').select('namespace').where('account_id', '=', id)),
          eb(
            'name',
            'in',
            selectFrom('role')
              .select('target')
              .where('target_kind', '=', 'namespace')
              .where('subject_kind', '=', 'account')
              .where('subject_id', '=', id),
          ),
        ]),
      ),
    )
    .orderBy('name')
    .execute();
  return rows.map(toNamespace);
}

/** `hub.organisation_missing`. */
export async function readNamespace(query: Query, name: string): Promise<Namespace> {
  const row = await query.selectFrom('namespace').selectAll().where('name', '=', name).executeTakeFirst();
  if (row === undefined)
    throw hubErrors.organisation_missing(`there is no organisation "${name.slice(0, 64)}"`);
  return toNamespace(row);
}

/** `hub.account_missing`. */
export async function readAccountId(query: Query, name: string): Promise<string> {
  const row = await query.selectFrom('account').select('id').where('name', '=', name).executeTakeFirst();
  if (row === undefined) throw hubErrors.account_missing(`there is no account "${name.slice(0, 64)}"`);
  return row.id;
}

/** `hub.organisation_missing`. */
export async function readTeamId(query: Query, namespace: string, name: string): Promise<string> {
  const row = await query
    .selectFrom('team')
    .select('id')
    .where('namespace', '=', namespace)
    .where('name', '=', name)
    .executeTakeFirst();
  if (row === undefined)
    throw hubErrors.organisation_missing(`${namespace} has no team "${name.slice(0, 64)}"`);
  return row.id;
}

async function addMember(query: Query, namespace: string, accountId: string, now: number): Promise<void> {
  if ((await readNamespace(query, namespace)).kind !== 'organisation')
    throw hubErrors.organisation_missing(
      `${namespace} is an account, which has no members; give a role instead`,
    );
  await query
    .insertInto('member')
    .values({ namespace, account_id: accountId, created_at: now })
    .onConflict((conflict) => conflict.columns(['namespace', 'account_id']).doNothing())
    .execute();
}

async function removeMember(query: Query, namespace: string, account: string): Promise<void> {
  const id = await readAccountId(query, account);
  const removed = await query
    .deleteFrom('member')
    .where('namespace', '=', namespace)
    .where('account_id', '=', id)
    .returning('account_id')
    .execute();
  if (removed.length === 0) throw hubErrors.organisation_missing(`${account} is no member of ${namespace}`);
  const teams = query.selectFrom('team').select('id').where('namespace', '=', namespace);
  await query.deleteFrom('team_member').where('account_id', '=', id).where('team_id', 'in', teams).execute();
  const roles = await query
    .selectFrom('role')
    .select(['target_kind', 'target'])
    .where('subject_kind', '=', 'account')
    .where('subject_id', '=', id)
    .execute();
  for (const { target_kind, target } of roles)
    if (target === namespace || target.startsWith(`${namespace}/`))
      await query
        .deleteFrom('role')
        .where('target_kind', '=', target_kind)
        .where('target', '=', target)
        .where('subject_kind', '=', 'account')
        .where('subject_id', '=', id)
        .execute();
  await checkOwned(query, namespace);
}

/** `hub.organisation_conflict` where nobody would own the namespace by themselves. */
export async function checkOwned(query: Query, namespace: string): Promise<void> {
  const owner = await query
    .selectFrom('role')
    .select('subject_id')
    .where('target_kind', '=', 'namespace')
    .where('target', '=', namespace)
    .where('subject_kind', '=', 'account')
    .where('role', '=', 'owner')
    .executeTakeFirst();
  if (owner === undefined)
    throw hubErrors.organisation_conflict(`${namespace} would be left without an owner`);
}

async function setInTeam(
  query: Query,
  wish: { namespace: string; team: string; account: string; isIn: boolean },
): Promise<void> {
  const team_id = await readTeamId(query, wish.namespace, wish.team);
  const account_id = await readAccountId(query, wish.account);
  if (!wish.isIn) {
    const of = query.deleteFrom('team_member').where('team_id', '=', team_id);
    await of.where('account_id', '=', account_id).execute();
    return;
  }
  const member = await query
    .selectFrom('member')
    .select('account_id')
    .where('namespace', '=', wish.namespace)
    .where('account_id', '=', account_id)
    .executeTakeFirst();
  if (member === undefined)
    throw hubErrors.organisation_missing(`${wish.account} is no member of ${wish.namespace}`);
  await query
    .insertInto('team_member')
    .values({ team_id, account_id })
    .onConflict((conflict) => conflict.columns(['team_id', 'account_id']).doNothing())
    .execute();
}

async function listTeams(query: Query, namespace: string): Promise<readonly Team[]> {
  const teams = await query
    .selectFrom('team')
    .selectAll()
    .where('namespace', '=', namespace)
    .orderBy('name')
    .execute();
  const members = await query
    .selectFrom('team_member')
    .innerJoin('team', 'team.id', 'team_member.team_id')
    .innerJoin('account', 'account.id', 'team_member.account_id')
    .select(['team.id', 'account.name'])
    .where('team.namespace', '=', namespace)
    .orderBy('account.name')
    .execute();
  return teams.map(({ id, name, created_at: createdAt }) => ({
    name,
    members: members.filter((member) => member.id === id).map((member) => member.name),
    createdAt,
  }));
}

function toNamespace(row: { name: string; kind: string; is_public: number; created_at: number }): Namespace {
  const kind = row.kind === 'organisation' ? 'organisation' : 'account';
  return { name: row.name, kind, isPublic: row.is_public === 1, createdAt: row.created_at };
}
