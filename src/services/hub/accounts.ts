// Accounts: who there is, and whether a password is theirs. What they may do is access.ts's business.
// A wrong name and a wrong password take the same time and give the same answer.
// An account's name is its namespace: it is made with it, and no organisation can have it.
import type { Database, Query } from '../../io/db/database.ts';
import type { AccountTable } from '../../io/db/tables.ts';
import type { Clock, Random } from '../../kit/clock.ts';
import type { AdministratorGrant, OwnGrant } from './access.ts';
import { type Account, checkAccountName, isAccountName } from './account.ts';
import { recordAudit } from './audit.ts';
import { hubErrors } from './errors.ts';
import { createPasswordHasher } from './password.ts';

export type { Account } from './account.ts';

export interface ListedAccount extends Account {
  readonly createdAt: number;
  /** It may not log in. */
  readonly isDisabled: boolean;
}

export interface Accounts {
  /** For an administrator. `hub.account_name_invalid`, `hub.password_invalid`, `hub.account_exists`. */
  add(
    grant: AdministratorGrant,
    wish: { name: string; password: string; isAdmin: boolean },
  ): Promise<ListedAccount>;
  /** By name. */
  list(grant: AdministratorGrant): Promise<readonly ListedAccount[]>;
  /**
   * Takes the login, the tokens and every right away, or gives them back; nothing of it is deleted, and nobody else
   * gets its name. `hub.account_missing`; `hub.account_own` where it would be the administrator's own.
   */
  setDisabled(grant: AdministratorGrant, name: string, isDisabled: boolean): Promise<ListedAccount>;
  /** `hub.credentials_wrong` where `current` is not the password; `hub.password_invalid`. */
  changePassword(grant: OwnGrant, current: string, wanted: string): Promise<void>;
  /** For the first start, where nobody can be asked: see `add`. */
  create(wish: { name: string; password: string; isAdmin: boolean }): Promise<Account>;
  /**
   * For who signs in elsewhere (identities.ts); `alongside` runs in the same transaction. Undefined where the name is taken;
   * `hub.account_name_invalid`.
   */
  createWithoutPassword(
    name: string,
    alongside: (query: Query, id: string, now: number) => Promise<void>,
  ): Promise<Account | undefined>;
  /** Whether there is an account of this name, disabled ones too; never told to who is not logged in. */
  isKnown(name: string): Promise<boolean>;
  /** Undefined where it is not there or may not log in. */
  findById(id: string): Promise<Account | undefined>;
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
  async function insert(query: Query, row: AccountTable): Promise<boolean> {
    const { name, created_at } = row;
    const made = await query
      .insertInto('namespace')
      .values({ name, kind: 'account', is_public: 1, created_at })
      .onConflict((conflict) => conflict.column('name').doNothing())
      .executeTakeFirst();
    if (made.numInsertedOrUpdatedRows !== 1n) return false;
    await query.insertInto('account').values(row).execute();
    const target = { target_kind: 'namespace', target: name };
    const subject = { subject_kind: 'account', subject_id: row.id };
    await query
      .insertInto('role')
      .values({ ...target, ...subject, role: 'owner', created_at })
      .execute();
    return true;
  }

  async function newRow(name: string, password: string, isAdmin: boolean): Promise<AccountTable> {
    checkAccountName(name);
    checkPassword(password);
    const password_hash = await hasher.hash(password);
    return {
      id: random.uuid(),
      name,
      password_hash,
      is_admin: isAdmin ? 1 : 0,
      created_at: clock.now(),
      disabled_at: null,
    };
  }

  async function add(
    { name, password, isAdmin }: { name: string; password: string; isAdmin: boolean },
    grant?: AdministratorGrant,
  ): Promise<AccountTable> {
    const row = await newRow(name, password, isAdmin);
    await database.transaction(async (query) => {
      if (!(await insert(query, row)))
        throw hubErrors.account_exists(`there is an account or organisation "${name}" already`);
      const wish = { action: 'account.create', target: name, detail: { isAdmin } };
      if (grant !== undefined) await recordAudit(query, grant, [wish], row.created_at);
    });
    return row;
  }

  return {
    create: async (wish) => toAccount(await add(wish)),

    add: async (grant, wish) => toListed(await add(wish, grant)),

    async list() {
      const rows = await database.query.selectFrom('account').selectAll().orderBy('name').execute();
      return rows.map(toListed);
    },

    setDisabled: (grant, name, isDisabled) =>
      database.transaction(async (query) => {
        if (name === grant.account) throw hubErrors.account_own(`${name} cannot take their own login away`);
        const now = clock.now();
        const row = await query
          .updateTable('account')
          .set({ disabled_at: isDisabled ? now : null })
          .where('name', '=', name)
          .returningAll()
          .executeTakeFirst();
        if (row === undefined) throw hubErrors.account_missing(`there is no account "${name.slice(0, 64)}"`);
        const action = isDisabled ? 'account.disable' : 'account.enable';
        await recordAudit(query, grant, [{ action, target: name }], now);
        return toListed(row);
      }),

    async changePassword(grant, current, wanted) {
      const row = await findByName(grant.account);
      if (row === undefined || !(await hasher.verify(row.password_hash, current)))
        throw hubErrors.credentials_wrong('the current password is wrong');
      checkPassword(wanted);
      const password_hash = await hasher.hash(wanted);
      await database.transaction(async (query) => {
        await query.updateTable('account').set({ password_hash }).where('id', '=', row.id).execute();
        // Whoever changes it because somebody else knew it must not have to know of refresh tokens.
        await query
          .updateTable('access_token')
          .set({ revoked_at: clock.now() })
          .where('owner_id', '=', row.id)
          .where('kind', '=', 'refresh')
          .where('revoked_at', 'is', null)
          .execute();
        await recordAudit(query, grant, [{ action: 'account.password', target: row.name }], clock.now());
      });
    },

    async createWithoutPassword(name, alongside) {
      checkAccountName(name);
      const now = clock.now();
      const row = {
        id: random.uuid(),
        name,
        password_hash: '',
        is_admin: 0,
        created_at: now,
        disabled_at: null,
      };
      return database.transaction(async (query) => {
        if (!(await insert(query, row))) return undefined;
        await alongside(query, row.id, now);
        return toAccount(row);
      });
    },

    isKnown: async (name) => isAccountName(name) && (await findByName(name)) !== undefined,

    async findById(id) {
      const row = await database.query
        .selectFrom('account')
        .selectAll()
        .where('id', '=', id)
        .where('disabled_at', 'is', null)
        .executeTakeFirst();
      return row && toAccount(row);
    },

    async verifyPassword(name, password) {
      if (password.length > PASSWORD_CHARS.most) return undefined;
      const row = isAccountName(name) ? await findByName(name) : undefined;
      // Whoever signs in elsewhere has no password here; whoever was disabled is as good as not there.
      if (row === undefined || row.password_hash === '' || row.disabled_at !== null) {
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
        const row = await newRow(name, chosen, true);
        const isNew = await database.transaction((query) => insert(query, row));
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

function toListed(row: AccountTable): ListedAccount {
  return { ...toAccount(row), createdAt: row.created_at, isDisabled: row.disabled_at !== null };
}

function unguessable(random: Random): string {
  return Buffer.from(random.bytes(GENERATED_BYTES)).toString('base64url');
}

function checkPassword(password: string): void {
  if (password.length >= PASSWORD_CHARS.least && password.length <= PASSWORD_CHARS.most) return;
  throw hubErrors.password_invalid(
    `the password has ${password.length} characters; ${PASSWORD_CHARS.least} to ${PASSWORD_CHARS.most} are right`,
  );
}
