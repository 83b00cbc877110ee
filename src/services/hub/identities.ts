// Which account somebody is who signs in elsewhere: by issuer and subject, which nobody else can ever have there, never
// by e-mail or name. An administrator links one to an account, or, where the operator lets people sign up, the first
// sign-in makes an account of the name that the issuer gives, if nobody and nothing here has it.
import type { Database } from '../../io/db/database.ts';
import type { Clock } from '../../kit/clock.ts';
import type { AdministratorGrant } from './access.ts';
import { isAccountName } from './account.ts';
import type { Accounts } from './accounts.ts';
import { recordAudit } from './audit.ts';
import { hubErrors } from './errors.ts';
import { readAccountId } from './organisations.ts';

/** Somebody at an issuer. */
export interface Identity {
  readonly issuer: string;
  readonly subject: string;
}

export interface Identities {
  /** In place of the one before, of the same identity. `hub.account_missing`. */
  link(grant: AdministratorGrant, account: string, identity: Identity): Promise<void>;
  /** The account's id; undefined where nobody is linked, or may not log in. */
  find(identity: Identity): Promise<string | undefined>;
  /** A new account's id. `hub.sign_in_unknown` where the name is no account's, or is taken in any way. */
  signUp(identity: Identity, name: string | undefined): Promise<string>;
}

export function createIdentities(deps: {
  readonly database: Database;
  readonly clock: Clock;
  readonly accounts: Pick<Accounts, 'createWithoutPassword'>;
}): Identities {
  const { database, clock, accounts } = deps;
  const { query } = database;

  /** Repositories of a namespace that nobody owned are nobody's to inherit. */
  async function isInUse(name: string): Promise<boolean> {
    const found = await query
      .selectFrom('repository')
      .select('id')
      .where(({ and, eb, or }) =>
        // `0` follows `/`.
        or([eb('name', '=', name), and([eb('name', '>', `${name}/`), eb('name', '<', `${name}0`)])]),
      )
      .executeTakeFirst();
    return found !== undefined;
  }

  return {
    link: (grant, account, { issuer, subject }) =>
      database.transaction(async (inside) => {
        const account_id = await readAccountId(inside, account);
        const now = clock.now();
        await inside
          .insertInto('identity')
          .values({ issuer, subject, account_id, created_at: now })
          .onConflict((conflict) => conflict.columns(['issuer', 'subject']).doUpdateSet({ account_id }))
          .execute();
        const wish = { action: 'account.link', target: account, detail: { issuer, subject } };
        await recordAudit(inside, grant, [wish], now);
      }),

    async find({ issuer, subject }) {
      const row = await query
        .selectFrom('identity')
        .innerJoin('account', 'account.id', 'identity.account_id')
        .select('account.id')
        .where('identity.issuer', '=', issuer)
        .where('identity.subject', '=', subject)
        .where('account.disabled_at', 'is', null)
        .executeTakeFirst();
      return row?.id;
    },

    async signUp({ issuer, subject }, name) {
      const unknown = (why: string): Error =>
        hubErrors.sign_in_unknown(`${subject.slice(0, 100)} of ${issuer} has no account here: ${why}`);
      const known = await query
        .selectFrom('identity')
        .select('account_id')
        .where('issuer', '=', issuer)
        .where('subject', '=', subject)
        .executeTakeFirst();
      if (known !== undefined) throw unknown('it was disabled');
      if (name === undefined || !isAccountName(name))
        throw unknown('the issuer gives no name that could be one');
      if (await isInUse(name)) throw unknown(`there are repositories of the name ${name} already`);
      const made = await accounts.createWithoutPassword(name, async (inside, id, now) => {
        await inside
          .insertInto('identity')
          .values({ issuer, subject, account_id: id, created_at: now })
          .execute();
        const wish = { action: 'account.create', target: name, detail: { issuer, subject } };
        await recordAudit(inside, { account: name, via: issuer }, [wish], now);
      });
      if (made === undefined) throw unknown(`the name ${name} is taken`);
      return made.id;
    },
  };
}
