// Names of roles as Notary v1 has them (notary tuf/data/roles.go): four that every repository has, and delegations
// below `targets`. The strict grammar makes a name safe as a path; nothing else is accepted as one.
import { notary1Errors } from './errors.ts';

declare const roleBrand: unique symbol;
/** A checked name: `root`, `targets`, `snapshot`, `timestamp` or `targets/…`. */
export type RoleName = string & { readonly [roleBrand]: true };

export const topRoles = Object.freeze(['root', 'timestamp', 'snapshot', 'targets'] as const);
export type TopRole = (typeof topRoles)[number];

const DELEGATION = /^targets(?:\/[-a-z0-9_]+)+$/;
/** As the real one: a column of its database. */
const LONGEST = 255;

export function isDelegationName(text: string): text is RoleName {
  return text.length <= LONGEST && DELEGATION.test(text);
}

export function isRoleName(text: string): text is RoleName {
  return (topRoles as readonly string[]).includes(text) || isDelegationName(text);
}

/** The name, or `notary.role_name_invalid`. */
export function parseRoleName(text: string): RoleName {
  if (isRoleName(text)) return text;
  throw notary1Errors.role_name_invalid(`"${text.slice(0, 100)}" is not the name of a role`);
}

/** The role that delegates to this one; undefined for the four that the root names. */
export function parentRole(role: RoleName): RoleName | undefined {
  return isDelegationName(role) ? (role.slice(0, role.lastIndexOf('/')) as RoleName) : undefined;
}

/** `ROLE.SHA256`: the name under which a server serves exactly these bytes, for ever. */
export function consistentName(role: RoleName, sha256: string): string {
  return `${role}.${sha256}`;
}
