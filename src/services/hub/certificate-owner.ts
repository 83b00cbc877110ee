// Whose a client certificate is or becomes, and by which grant: the sender's own, a robot's, or an account's that an
// administrator names.
import type { Query } from '../../io/db/database.ts';
import type { AdministratorGrant, NamespaceGrant, OwnGrant } from './access.ts';
import type { Actor } from './audit.ts';
import { hubErrors } from './errors.ts';
import { findRobot } from './robots.ts';
import type { Action } from './role.ts';

export type CertificateOwner<A extends Action> =
  | { readonly kind: 'self'; readonly grant: OwnGrant }
  | { readonly kind: 'robot'; readonly grant: NamespaceGrant<A>; readonly robot: string }
  | { readonly kind: 'account'; readonly grant: AdministratorGrant; readonly account: string };

export interface FoundOwner {
  readonly ownerKind: 'account' | 'robot';
  readonly ownerId: string;
  /** Its login, for the audit log. */
  readonly target: string;
  readonly actor: Actor;
}

/** `hub.organisation_missing` of a robot, `hub.account_missing`. */
export async function findOwner<A extends Action>(
  query: Query,
  owner: CertificateOwner<A>,
): Promise<FoundOwner> {
  const { grant: actor } = owner;
  if (owner.kind === 'self')
    return { ownerKind: 'account', ownerId: owner.grant.accountId, target: owner.grant.account, actor };
  if (owner.kind === 'robot') {
    const robot = await findRobot(query, owner.grant.namespace, owner.robot);
    return { ownerKind: 'robot', ownerId: robot.id, target: robot.fullName, actor };
  }
  const account = await query
    .selectFrom('account')
    .select(['id', 'name'])
    .where('name', '=', owner.account)
    .executeTakeFirst();
  if (account === undefined)
    throw hubErrors.account_missing(`there is no account "${owner.account.slice(0, 64)}"`);
  return { ownerKind: 'account', ownerId: account.id, target: account.name, actor };
}
