// Who may do what: the one place that makes grants. A write of the registry takes a `Grant` as its first argument, and
// a change of rights one of its kin, so that an unchecked one does not compile.
// The rule: a role in a repository or its namespace allows (role.ts says what), administrators are owners everywhere,
// anybody may pull what is public; nobody else may do more. Who may push may thereby make a repository; in a namespace
// that nobody owns only administrators may, so that nobody takes a name by pushing to it.
// Repositories under `plimsoll/` are the product's own: it alone pushes there, administrators do not either, so
// that what is pulled from there is what this instance made. Elsewhere it may hang its signed statements on what is
// there, by a grant that is good for nothing else.
// A token's scopes and permissions narrow what its owner may, never below what anybody may. A pull believes a bearer
// token, which lives for minutes, and asks no row that it did not ask before; a write reads the roles anew, so that a
// right that was taken away ends there at once.
import type { Database } from '../../io/db/database.ts';
import { createRowCache } from '../../io/db/row-cache.ts';
import { limits } from '../../kit/limits.ts';
import { type Actor, productActor } from './audit.ts';
import { hubErrors } from './errors.ts';
import { isPermitted } from './permission.ts';
import { type AccountPrincipal, anonymous, type Principal, principalOf } from './principal.ts';
import { type Action, namespaceOf, roleAllows, tokenActions } from './role.ts';
import { readRole } from './role-row.ts';
import { isCovered, type Scope } from './scope.ts';

export type { Principal } from './principal.ts';
export type { Action } from './role.ts';
export { anonymous, principalOf };

declare const grantBrand: unique symbol;
/** Proof that its actor may do `A` in `repository`. Only this file makes one. */
export interface Grant<A extends Action> extends Actor {
  readonly repository: string;
  readonly [grantBrand]: A;
}

/** Proof that its actor may do `A` in a namespace: its organisation, teams, robots, and roles. */
export interface NamespaceGrant<A extends Action> extends Actor {
  readonly namespace: string;
  readonly [grantBrand]: A;
}

/** Proof that its actor is an administrator. */
export interface AdministratorGrant extends Actor {
  readonly [grantBrand]: 'administer';
}

/** Proof that its actor is this account itself, and neither a robot nor a token for some repositories. */
export interface OwnGrant extends Actor {
  readonly accountId: string;
  readonly account: string;
  readonly [grantBrand]: 'self';
}

/**
 * Proof that its actor, the product itself, may hang signed statements on manifests of `repository` that are there, and
 * take away those that it hung there: no tag, no image, nothing that somebody else pushed.
 */
export interface AttachGrant extends Actor {
  readonly repository: string;
  readonly [grantBrand]: 'attach';
}

/** The product itself, in its own process: no principal, since no request is ever identified as this. */
export type Product = { readonly kind: 'product' };

export const product: Product = Object.freeze({ kind: 'product' });

/** What the product's own repositories begin with. */
export const ownRepositories = 'plimsoll/';

export interface Access {
  /** The grant, or undefined where the principal may not. `repository` need not exist. */
  grant<A extends Action>(
    principal: Principal | Product,
    action: A,
    repository: string,
  ): Promise<Grant<A> | undefined>;
  /** What the product, and nobody else, may do in any repository; it need not exist. */
  grantAttach(who: Product, repository: string): AttachGrant;
  /** A grant to pull that memory alone allows; undefined says nothing, least of all no. */
  peek(principal: Principal, repository: string): Grant<'pull'> | undefined;
  /** Those of the wanted scopes and actions that the principal may have: less than asked is no error. */
  narrow(principal: Principal, wanted: readonly Scope[]): Promise<readonly Scope[]>;
  /** `hub.login_required`, `hub.access_denied`; `hub.repository_missing` where it is not for the principal to know. */
  checkRepository<A extends Action>(principal: Principal, action: A, repository: string): Promise<Grant<A>>;
  /** `hub.login_required`, `hub.access_denied`. */
  checkNamespace<A extends Action>(
    principal: Principal,
    action: A,
    namespace: string,
  ): Promise<NamespaceGrant<A>>;
  /** `hub.login_required`, `hub.access_denied`. */
  checkAdministrator(principal: Principal): AdministratorGrant;
  /** `isByPassword`: an access token or a certificate is not enough. `hub.login_required`, `hub.access_denied`. */
  checkSelf(principal: Principal, options?: { readonly isByPassword?: boolean }): OwnGrant;
}

export function createAccess({ database }: { readonly database: Database }): Access {
  const { query } = database;

  /** One row; a repository that is not there is as its namespace makes them, so that it cannot be told from one. */
  const visible = createRowCache<boolean>(database, ['repository', 'namespace'], limits.rememberedRows);
  const isPublic = (repository: string): Promise<boolean> =>
    visible.read(repository, () => readPublic(repository));

  async function readPublic(repository: string): Promise<boolean> {
    const row = await query
      .selectFrom('repository')
      .select('is_public')
      .where('name', '=', repository)
      .executeTakeFirst();
    if (row !== undefined) return row.is_public === 1;
    const namespace = await query
      .selectFrom('namespace')
      .select('is_public')
      .where('name', '=', namespaceOf(repository))
      .executeTakeFirst();
    return namespace === undefined || namespace.is_public === 1;
  }

  async function mayBySelf(principal: Principal, action: Action, repository: string): Promise<boolean> {
    if (principal.kind === 'anonymous' || !isWithin(principal, action, repository)) return false;
    // The token was given for this, minutes ago at most.
    if (action === 'pull' && principal.scopes !== undefined) return true;
    return roleAllows(await readRole(query, principal, { repository }), action);
  }

  async function isAllowed(
    principal: Principal | Product,
    action: Action,
    repository: string,
  ): Promise<boolean> {
    const isOwnOfProduct = repository.startsWith(ownRepositories);
    if (principal.kind === 'product') return isOwnOfProduct;
    if (isOwnOfProduct && action === 'push') return false;
    if (action !== 'pull') return mayBySelf(principal, action, repository);
    if (isFreshAdministrator(principal)) return true;
    const isToldByToken = principal.kind !== 'anonymous' && principal.scopes !== undefined;
    if (isToldByToken && (await mayBySelf(principal, action, repository))) return true;
    return (
      (await isPublic(repository)) || (!isToldByToken && (await mayBySelf(principal, action, repository)))
    );
  }

  async function narrowOne(principal: Principal, wanted: Scope): Promise<Scope> {
    const actions: string[] = [];
    if (wanted.type === 'repository') {
      for (const action of tokenActions)
        if (isCovered([wanted], 'repository', wanted.name, action))
          if (await isAllowed(principal, action, wanted.name)) actions.push(action);
    }
    // The list of repositories: anybody sees the public ones without a scope, who has all their rights their own too.
    if (wanted.type === 'registry' && wanted.name === 'catalog')
      if (principal.kind !== 'anonymous' && isUnconfined(principal)) actions.push(...wanted.actions);
    return { ...wanted, actions };
  }

  return {
    async grant<A extends Action>(principal: Principal | Product, action: A, repository: string) {
      if (!(await isAllowed(principal, action, repository))) return undefined;
      return Object.freeze({ repository, ...actorOf(principal) }) as unknown as Grant<A>;
    },

    grantAttach(who, repository) {
      return Object.freeze({ repository, ...actorOf(who) }) as unknown as AttachGrant;
    },

    peek(principal, repository) {
      const isToldByToken =
        principal.kind !== 'anonymous' &&
        principal.scopes !== undefined &&
        isWithin(principal, 'pull', repository);
      if (!isToldByToken && visible.peek(repository) !== true) return undefined;
      return Object.freeze({ repository, ...actorOf(principal) }) as unknown as Grant<'pull'>;
    },

    async narrow(principal, wanted) {
      const narrowed: Scope[] = [];
      for (const scope of wanted) narrowed.push(await narrowOne(principal, scope));
      return narrowed.filter((scope) => scope.actions.length > 0);
    },

    async checkRepository<A extends Action>(principal: Principal, action: A, repository: string) {
      if (await isAllowed(principal, action, repository))
        return Object.freeze({ repository, ...actorOf(principal) }) as unknown as Grant<A>;
      if (!(await isAllowed(principal, 'pull', repository)))
        throw hubErrors.repository_missing(`there is no repository "${repository.slice(0, 255)}" here`);
      throw refusal(principal, `${WORDS[action]} ${repository}`);
    },

    async checkNamespace<A extends Action>(principal: Principal, action: A, namespace: string) {
      const isWhole = principal.kind !== 'anonymous' && isUnconfined(principal);
      const role = isWhole ? await readRole(query, principal, { namespace }) : undefined;
      if (!roleAllows(role, action)) throw refusal(principal, `${WORDS[action]} ${namespace}`);
      return Object.freeze({ namespace, ...actorOf(principal) }) as unknown as NamespaceGrant<A>;
    },

    checkAdministrator(principal) {
      if (principal.kind === 'anonymous')
        throw hubErrors.login_required('this needs an administrator’s login');
      if (!isFreshAdministrator(principal))
        throw hubErrors.access_denied(`${principal.name} is no administrator`);
      return Object.freeze({ ...actorOf(principal) }) as unknown as AdministratorGrant;
    },

    checkSelf(principal, { isByPassword = false } = {}) {
      if (principal.kind === 'anonymous') throw hubErrors.login_required('this needs a login');
      if (principal.kind !== 'account' || !isUnconfined(principal))
        throw hubErrors.access_denied(
          `${principal.name} is not logged in as a person who may do all of theirs`,
        );
      if (isByPassword && principal.certificate !== undefined)
        throw hubErrors.access_denied(
          `${principal.name} is logged in with a client certificate; this needs the password itself, so that no token outlives it`,
        );
      if (isByPassword && principal.credential !== undefined)
        throw hubErrors.access_denied(
          `${principal.name} is logged in with a token; this needs the password itself, so that no token outlives another`,
        );
      return Object.freeze({ accountId: principal.id, ...actorOf(principal) }) as unknown as OwnGrant;
    },
  };
}

/** Who this is in the audit log. */
export function actorOf(principal: Principal | Product): Actor {
  if (principal.kind === 'product') return productActor;
  if (principal.kind === 'anonymous') return { account: undefined, via: 'nothing' };
  return { account: principal.name, via: principal.via ?? 'password' };
}

const WORDS: Readonly<Record<Action, string>> = Object.freeze({
  pull: 'read',
  push: 'push to',
  delete: 'delete from',
  maintain: 'change the settings of',
  own: 'change the rights in',
});

function refusal(principal: Principal, what: string): Error {
  return principal.kind === 'anonymous'
    ? hubErrors.login_required(`to ${what} needs a login`)
    : hubErrors.access_denied(`${principal.name} may not ${what}`);
}

/** What the token itself allows. A bearer token that may delete stands for all that a maintainer may do there. */
function isWithin(
  principal: Exclude<Principal, { kind: 'anonymous' }>,
  action: Action,
  repository: string,
): boolean {
  const { permissions, scopes } = principal;
  const asked = action === 'maintain' ? 'delete' : action;
  if (permissions !== undefined && !isPermitted(permissions, repository, asked)) return false;
  return scopes === undefined || isCovered(scopes, 'repository', repository, asked);
}

function isUnconfined(principal: Exclude<Principal, { kind: 'anonymous' }>): boolean {
  return principal.scopes === undefined && principal.permissions === undefined;
}

/** Logged in on this very request, and not by a token for some repositories. */
function isFreshAdministrator(principal: Principal): principal is AccountPrincipal {
  return principal.kind === 'account' && principal.isAdmin && isUnconfined(principal);
}
