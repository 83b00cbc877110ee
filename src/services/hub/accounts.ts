// Accounts: who there is, and whether a password is theirs. What they may do is access.ts's business.
// A wrong name and a wrong password take the same time and give the same answer.
import type { Database } from '../../io/db/database.ts';
import type { AccountTable } from '../../io/db/tables.ts';
import type { Clock, Random } from '../../kit/clock.ts';
import { hubErrors } from './errors.ts';
import { createPasswordHasher } from './password.ts';

export interface Account {
  readonly id: string;
  readonly name: string;
  readonly isAdmin: boolean;
}

export interface Accounts {
  /** `hub.account_name_invalid`, `hub.password_invalid`, `hub.account_exists`. */
  create(wish: { name: string; password: string; isAdmin: boolean }): Promise<Account>;
  /** The account whose password this is; undefined for a wrong name or password alike; `hub.logins_busy`. */
  verifyPassword(name: string, password: string): Promise<Account | undefined>;
  /**
   * Makes the first administrator where the account is missing. Without `password` one is made and
   * returned, this once only. With `password` it is set, also on an account that stands already:
   * the configuration holds, and a lost password is mended by it.
   */
  ensureAdministrator(wish: { name: string; password?: string }): Promise<EnsuredAdministrator>;
}

export interface EnsuredAdministrator {
  /** The account was made by this call. */
  readonly isNew: boolean;
  /** Only of a new account, where no password was given. */
  readonly generatedPassword?: string;
}

const NAME = /^[a-z0-9]+(?:[._-][a-z0-9]+)*$/;
const NAME_CHARS = 64;
/** NIST SP 800-63B: at least 8; the upper bound only keeps a request small. */
const PASSWORD_CHARS = Object.freeze({ least: 8, most: 512 });
/** 120 bits; base64url spells 15 bytes in 20 characters without padding. */
const GENERATED_BYTES = 15;

export function createAccounts(parts: { database: Database; clock: Clock; random: Random }): Accounts {
  const { database, clock, random } = parts;
  const hasher = createPasswordHasher(random);
  // Checked in place of a missing account's hash, so that time does not tell whether a name exists.
  let decoy: Promise<string> | undefined;

  async function findByName(name: string): Promise<AccountTable | undefined> {
    return database.query.selectFrom('account').selectAll().where('name', '=', name).executeTakeFirst();
  }

  /** False where the name was taken, also by a request that ran beside this one. */
  async function insert(row: AccountTable): Promise<boolean> {
    const result = await database.query
      .insertInto('account')
      .values(row)
      .onConflict((conflict) => conflict.column('name').doNothing())
      .executeTakeFirst();
    return result.numInsertedOrUpdatedRows === 1n;
  }

  async function newRow(name: string, password: string, isAdmin: boolean): Promise<AccountTable> {
    checkName(name);
    checkPassword(password);
    const password_hash = await hasher.hash(password);
    return { id: random.uuid(), name, password_hash, is_admin: isAdmin ? 1 : 0, created_at: clock.now() };
  }

  return {
    async create({ name, password, isAdmin }) {
      const row = await newRow(name, password, isAdmin);
      if (!(await insert(row))) throw hubErrors.account_exists(`there is an account "${name}" already`);
      return toAccount(row);
    },

    async verifyPassword(name, password) {
      if (password.length > PASSWORD_CHARS.most) return undefined;
      const row = NAME.test(name) && name.length <= NAME_CHARS ? await findByName(name) : undefined;
      if (row === undefined) {
        decoy ??= hasher.hash(unguessable(random));
        await hasher.verify(await decoy, password);
        return undefined;
      }
      return (await hasher.verify(row.password_hash, password)) ? toAccount(row) : undefined;
    },

    async ensureAdministrator({ name, password }) {
      const found = await findByName(name);
      if (found === undefined) {
        const chosen = password ?? unguessable(random);
        const isNew = await insert(await newRow(name, chosen, true));
        return { isNew, ...(isNew && password === undefined ? { generatedPassword: chosen } : {}) };
      }
      if (password === undefined || (await hasher.verify(found.password_hash, password)))
        return { isNew: false };
      checkPassword(password);
      const password_hash = await hasher.hash(password);
      await database.query.updateTable('account').set({ password_hash }).where('id', '=', found.id).execute();
      return { isNew: false };
    },
  };
}

function toAccount(row: AccountTable): Account {
  return Object.freeze({ id: row.id, name: row.name, isAdmin: row.is_admin === 1 });
}

function unguessable(random: Random): string {
  return Buffer.from(random.bytes(GENERATED_BYTES)).toString('base64url');
}

function checkName(name: string): void {
  if (NAME.test(name) && name.length <= NAME_CHARS) return;
  throw hubErrors.account_name_invalid(`"${name.slice(0, NAME_CHARS)}" is not an account name`);
}

function checkPassword(password: string): void {
  if (password.length >= PASSWORD_CHARS.least && password.length <= PASSWORD_CHARS.most) return;
  throw hubErrors.password_invalid(
    `the password has ${password.length} characters; ${PASSWORD_CHARS.least} to ${PASSWORD_CHARS.most} are right`,
  );
}
