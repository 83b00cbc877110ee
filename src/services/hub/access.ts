// Who may do what: the one place that makes grants. A registry write takes a `Grant` as its first
// argument, so an unchecked write does not compile.
// The rule of today: administrators may do all; anybody may pull what is public; nobody else may do more.
// A repository that does not exist yet would be public, so anybody may learn that it is not there.
// Repositories under `plimsoll/` are the product's own: it alone pushes there, administrators do not either, so
// that what is pulled from there is what this instance made.
// A token's scopes narrow what its account may do, never below what anybody may.
import type { Database } from '../../io/db/database.ts';
import type { Account } from './accounts.ts';
import { isCovered, type Scope } from './scope.ts';

export type Action = 'pull' | 'push' | 'delete';

declare const grantBrand: unique symbol;
/** Proof that `account` (undefined: anybody) may do `A` in `repository`. Only this file makes one. */
export interface Grant<A extends Action> {
  readonly repository: string;
  readonly account: string | undefined;
  readonly [grantBrand]: A;
}

/** Who asks. `scopes` is there where a bearer token says so, and then narrows. */
export type Principal =
  | { readonly kind: 'anonymous' }
  | {
      readonly kind: 'account';
      readonly id: string;
      readonly name: string;
      readonly isAdmin: boolean;
      readonly scopes?: readonly Scope[];
    };

/** The product itself, in its own process: no principal, since no request is ever identified as this. */
export type Product = { readonly kind: 'product' };

export const anonymous: Principal = Object.freeze({ kind: 'anonymous' });
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
  /** Those of the wanted scopes and actions that the principal may have: less than asked is no error. */
  narrow(principal: Principal, wanted: readonly Scope[]): Promise<readonly Scope[]>;
}

const ACTIONS: readonly Action[] = Object.freeze(['pull', 'push', 'delete']);

export function principalOf(account: Account): Principal {
  return { kind: 'account', id: account.id, name: account.name, isAdmin: account.isAdmin };
}

export function createAccess(parts: { database: Database }): Access {
  const { database } = parts;

  async function isPublic(repository: string): Promise<boolean> {
    const row = await database.query
      .selectFrom('repository')
      .select('is_public')
      .where('name', '=', repository)
      .executeTakeFirst();
    return row === undefined || row.is_public === 1;
  }

  async function isAllowed(
    principal: Principal | Product,
    action: Action,
    repository: string,
  ): Promise<boolean> {
    const isOwnOfProduct = repository.startsWith(ownRepositories);
    if (principal.kind === 'product') return isOwnOfProduct;
    if (isOwnOfProduct && action === 'push') return false;
    const isOwn =
      principal.kind === 'account' &&
      principal.isAdmin &&
      (principal.scopes === undefined || isCovered(principal.scopes, 'repository', repository, action));
    return isOwn || (action === 'pull' && (await isPublic(repository)));
  }

  async function narrowOne(principal: Principal, wanted: Scope): Promise<Scope> {
    const actions: string[] = [];
    if (wanted.type === 'repository') {
      for (const action of ACTIONS)
        if (isCovered([wanted], 'repository', wanted.name, action))
          if (await isAllowed(principal, action, wanted.name)) actions.push(action);
    }
    // The list of all repositories: anybody sees the public ones without a scope.
    if (wanted.type === 'registry' && wanted.name === 'catalog')
      if (principal.kind === 'account' && principal.isAdmin) actions.push(...wanted.actions);
    return { ...wanted, actions };
  }

  return {
    async grant<A extends Action>(principal: Principal | Product, action: A, repository: string) {
      if (!(await isAllowed(principal, action, repository))) return undefined;
      const account = principal.kind === 'account' ? principal.name : undefined;
      return Object.freeze({ repository, account }) as unknown as Grant<A>;
    },
    async narrow(principal, wanted) {
      const narrowed: Scope[] = [];
      for (const scope of wanted) narrowed.push(await narrowOne(principal, scope));
      return narrowed.filter((scope) => scope.actions.length > 0);
    },
  };
}
