// Giving and taking roles in a namespace or a repository, and who has one there. Owners do; a team or a robot has roles
// only where it belongs. A namespace is never left without an account that owns it.
import type { Database, Query } from '../../io/db/database.ts';
import type { Clock } from '../../kit/clock.ts';
import type { Grant, NamespaceGrant } from './access.ts';
import { recordAudit } from './audit.ts';
import { hubErrors } from './errors.ts';
import { checkOwned, readAccountId, readNamespace, readTeamId } from './organisations.ts';
import { findRobot } from './robots.ts';
import { isRole, namespaceOf, type Role } from './role.ts';

/** Whom a role is given, by name. A robot's is the part after the `+`. */
export interface RoleSubject {
  readonly kind: 'account' | 'team' | 'robot';
  readonly name: string;
}

export interface GivenRole {
  readonly subject: RoleSubject;
  readonly role: Role;
  readonly since: number;
}

export interface Roles {
  /** By kind and name; those of the namespace are not repeated at its repositories. */
  list(grant: Grant<'maintain' | 'own'> | NamespaceGrant<'maintain' | 'own'>): Promise<readonly GivenRole[]>;
  /** In place of the one before. `hub.account_missing`, `hub.organisation_missing`, `hub.organisation_conflict`. */
  give(grant: Grant<'own'> | NamespaceGrant<'own'>, subject: RoleSubject, role: Role): Promise<void>;
  /** `hub.role_invalid` where it has none there; `hub.organisation_conflict` of the last owner. */
  take(grant: Grant<'own'> | NamespaceGrant<'own'>, subject: RoleSubject): Promise<void>;
}

interface Target {
  readonly target_kind: 'namespace' | 'repository';
  readonly target: string;
}

export function createRoles(deps: { readonly database: Database; readonly clock: Clock }): Roles {
  const { database, clock } = deps;
  return {
    list: (grant) => listRoles(database.query, targetOf(grant)),

    give: (grant, subject, role) =>
      database.transaction(async (query) => {
        const { target_kind, target } = targetOf(grant);
        if (target_kind === 'namespace') await readNamespace(query, target);
        const subject_id = await readSubjectId(query, namespaceOf(target), subject);
        const now = clock.now();
        await query
          .insertInto('role')
          .values({ target_kind, target, subject_kind: subject.kind, subject_id, role, created_at: now })
          .onConflict((conflict) =>
            conflict
              .columns(['target_kind', 'target', 'subject_kind', 'subject_id'])
              .doUpdateSet({ role, created_at: now }),
          )
          .execute();
        if (target_kind === 'namespace') await checkOwned(query, target);
        const detail = { [subject.kind]: subject.name, role };
        await recordAudit(query, grant, [{ action: 'role.give', target, detail }], now);
      }),

    take: (grant, subject) =>
      database.transaction(async (query) => {
        const { target_kind, target } = targetOf(grant);
        const subjectId = await readSubjectId(query, namespaceOf(target), subject);
        const taken = await query
          .deleteFrom('role')
          .where('target_kind', '=', target_kind)
          .where('target', '=', target)
          .where('subject_kind', '=', subject.kind)
          .where('subject_id', '=', subjectId)
          .returning('role')
          .execute();
        if (taken.length === 0)
          throw hubErrors.role_invalid(`${subject.kind} ${subject.name} has no role of its own in ${target}`);
        if (target_kind === 'namespace') await checkOwned(query, target);
        const detail = { [subject.kind]: subject.name };
        await recordAudit(query, grant, [{ action: 'role.take', target, detail }], clock.now());
      }),
  };
}

function targetOf(grant: Grant<'own' | 'maintain'> | NamespaceGrant<'own' | 'maintain'>): Target {
  return 'namespace' in grant
    ? { target_kind: 'namespace', target: grant.namespace }
    : { target_kind: 'repository', target: grant.repository };
}

async function readSubjectId(query: Query, namespace: string, { kind, name }: RoleSubject): Promise<string> {
  if (kind === 'account') return readAccountId(query, name);
  if (kind === 'team') return readTeamId(query, namespace, name);
  return (await findRobot(query, namespace, name)).id;
}

async function listRoles(query: Query, { target_kind, target }: Target): Promise<readonly GivenRole[]> {
  const rows = await query
    .selectFrom('role')
    .leftJoin('account', 'account.id', 'role.subject_id')
    .leftJoin('team', 'team.id', 'role.subject_id')
    .leftJoin('robot', 'robot.id', 'role.subject_id')
    .select(['subject_kind', 'role.role', 'role.created_at', 'account.name as account'])
    .select(['team.name as team', 'robot.name as robot'])
    .where('target_kind', '=', target_kind)
    .where('target', '=', target)
    .where('subject_kind', '!=', 'publisher')
    .orderBy('subject_kind')
    .execute();
  const given = rows.flatMap(({ subject_kind, role, created_at, account, team, robot }) => {
    const kind = subject_kind as RoleSubject['kind'];
    const name = { account, team, robot }[kind];
    if (name === null || name === undefined || !isRole(role)) return [];
    return [{ subject: { kind, name }, role, since: created_at }];
  });
  return given.sort(
    (a, b) => compare(a.subject.kind, b.subject.kind) || compare(a.subject.name, b.subject.name),
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
