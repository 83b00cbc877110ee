// Who asks: what a login or a token comes to. Only logins.ts and tokens.ts make one of a request; what it may do is
// decided by access.ts, which also reads anew from the database what it must not believe a token for.
import type { Account } from './account.ts';
import type { Permission } from './permission.ts';
import type { Scope } from './scope.ts';

interface Proven {
  /** How they proved who they are, for the audit log; `password` where absent. */
  readonly via?: string;
  /** The access token that stands behind this: no write outlives its revocation. */
  readonly credential?: string;
  /** The registration of the client certificate that stands behind this: nothing outlives it. */
  readonly certificate?: string;
  /** The part of the installation that asks, as `gate/prod`: it makes nothing that outlives it. */
  readonly part?: string;
  /** What a bearer token was issued for; it then narrows. */
  readonly scopes?: readonly Scope[];
  /** What an access token was made for; absent: all that its owner may. */
  readonly permissions?: readonly Permission[];
}

export interface AccountPrincipal extends Proven {
  readonly kind: 'account';
  readonly id: string;
  readonly name: string;
  readonly isAdmin: boolean;
}

export interface RobotPrincipal extends Proven {
  readonly kind: 'robot';
  readonly id: string;
  /** `org+robot`. */
  readonly name: string;
}

/** A job elsewhere, by its identity token. */
export interface PublisherPrincipal extends Proven {
  readonly kind: 'publisher';
  /** The publishers whose patterns it fits. */
  readonly ids: readonly string[];
  /** `oidc:SUBJECT`; no account's name has a colon. */
  readonly name: string;
}

export type Principal =
  | { readonly kind: 'anonymous' }
  | AccountPrincipal
  | RobotPrincipal
  | PublisherPrincipal;

export const anonymous: Principal = Object.freeze({ kind: 'anonymous' });

export function principalOf(account: Account): AccountPrincipal {
  return { kind: 'account', id: account.id, name: account.name, isAdmin: account.isAdmin };
}
