// Roles as rows: what somebody is in a repository or a namespace, read afresh. For access.ts alone, and for lists of
// what one may see.
import type { Query } from '../../io/db/database.ts';
import type { Principal } from './principal.ts';
import { highestRole, namespaceOf, type Role } from './role.ts';

/** Where a role is looked for. A role in a namespace is one in each of its repositories. */
export type RoleTarget = { readonly repository: string } | { readonly namespace: string };

/** What the principal is there; an administrator is an owner everywhere. Undefined for nothing. */
export async function readRole(
  query: Query,
  principal: Principal,
  target: RoleTarget,
): Promise<Role | undefined> {
  if (!(await isStanding(query, principal))) return undefined;
  if (principal.kind === 'anonymous') return undefined;
  if (principal.kind === 'account') {
    const account = await query
      .selectFrom('account')
      .select(['is_admin', 'disabled_at'])
      .where('id', '=', principal.id)
      .executeTakeFirst();
    if (account === undefined || account.disabled_at !== null) return undefined;
    if (account.is_admin === 1) return 'owner';
  }
  const rows = await selectRoles(query, principal)
    .select('role.role')
    .where(({ and, eb, or }) => {
      const namespace = 'namespace' in target ? target.namespace : namespaceOf(target.repository);
      const ofNamespace = and([eb('role.target_kind', '=', 'namespace'), eb('role.target', '=', namespace)]);
      if ('namespace' in target) return ofNamespace;
      return or([
        ofNamespace,
        and([eb('role.target_kind', '=', 'repository'), eb('role.target', '=', target.repository)]),
      ]);
    })
    .execute();
  return highestRole(rows.map(({ role }) => role));
}

/** Whether the access token or the client certificate behind the principal, if any, still stands for it. */
async function isStanding(query: Query, principal: Principal): Promise<boolean> {
  if (principal.kind === 'anonymous') return true;
  if (principal.certificate !== undefined)
    return (await findCertificate(query, principal.certificate)) !== undefined;
  if (principal.credential === undefined) return true;
  const token = await query
    .selectFrom('access_token')
    .select('revoked_at')
    .where('id', '=', principal.credential)
    .executeTakeFirst();
  return token !== undefined && token.revoked_at === null;
}

function findCertificate(query: Query, id: string): Promise<{ id: string } | undefined> {
  return query.selectFrom('certificate').select('id').where('id', '=', id).executeTakeFirst();
}

/** Role rows of the principal itself and of its teams. */
function selectRoles(query: Query, principal: Exclude<Principal, { kind: 'anonymous' }>) {
  return query.selectFrom('role').where(({ and, eb, or, selectFrom }) => {
    if (principal.kind === 'publisher')
      return and([eb('role.subject_kind', '=', 'publisher'), eb('role.subject_id', 'in', principal.ids)]);
    const own = and([eb('role.subject_kind', '=', principal.kind), eb('role.subject_id', '=', principal.id)]);
    if (principal.kind === 'robot') return own;
    const teams = selectFrom('team_member').select('team_id').where('account_id', '=', principal.id);
    return or([own, and([eb('role.subject_kind', '=', 'team'), eb('role.subject_id', 'in', teams)])]);
  });
}
