// Sessions of browsers: a secret in a cookie, its hash here. One ends after a week, when it is signed out of, or with
// its account.
import type { Database } from '../../io/db/database.ts';
import type { Clock, Random } from '../../kit/clock.ts';
import type { AccountPrincipal } from './principal.ts';
import { createSecret, hashSecret, isSecret } from './secret.ts';

export interface Sessions {
  /** The secret, this once. */
  create(accountId: string): Promise<string>;
  /** Who is signed in; undefined where it holds no more. */
  find(secret: string): Promise<AccountPrincipal | undefined>;
  end(secret: string): Promise<void>;
}

/** A working week: people sign in on Mondays. */
export const sessionMs = 7 * 24 * 60 * 60 * 1000;

export function createSessions(deps: {
  readonly database: Database;
  readonly clock: Clock;
  readonly random: Random;
}): Sessions {
  const { clock, random } = deps;
  const { query } = deps.database;
  return {
    async create(accountId) {
      const secret = createSecret(random);
      const now = clock.now();
      await query.deleteFrom('session').where('expires_at', '<=', now).execute();
      await query
        .insertInto('session')
        .values({ secret_hash: hashSecret(secret), account_id: accountId, expires_at: now + sessionMs })
        .execute();
      return secret;
    },

    async find(secret) {
      if (!isSecret(secret)) return undefined;
      const row = await query
        .selectFrom('session')
        .innerJoin('account', 'account.id', 'session.account_id')
        .select(['account.id', 'account.name', 'account.is_admin'])
        .where('session.secret_hash', '=', hashSecret(secret))
        .where('session.expires_at', '>', clock.now())
        .where('account.disabled_at', 'is', null)
        .executeTakeFirst();
      if (row === undefined) return undefined;
      return { kind: 'account', id: row.id, name: row.name, isAdmin: row.is_admin === 1, via: 'session' };
    },

    async end(secret) {
      await query.deleteFrom('session').where('secret_hash', '=', hashSecret(secret)).execute();
    },
  };
}
