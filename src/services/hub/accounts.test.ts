import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Database } from '../../io/db/database.ts';
import { openSqliteDatabase } from '../../io/db/sqlite.ts';
import { systemRandom } from '../../kit/clock.ts';
import { type Accounts, createAccounts } from './accounts.ts';

let database: Database;
let accounts: Accounts;

before(async () => {
  database = await openSqliteDatabase(':memory:');
  accounts = createAccounts({ database, clock: { now: () => 1_000 }, random: systemRandom });
});
after(() => database[Symbol.asyncDispose]());

test('an account is made once and known by its password alone', async () => {
  const made = await accounts.create({ name: 'ada', password: 'lovelace1', isAdmin: false });
  assert.deepEqual(await accounts.verifyPassword('ada', 'lovelace1'), made);
  assert.equal(await accounts.verifyPassword('ada', 'lovelace2'), undefined);
  assert.equal(await accounts.verifyPassword('eve', 'lovelace1'), undefined);
  assert.equal(await accounts.verifyPassword('ada', 'x'.repeat(513)), undefined);
  assert.equal(await accounts.verifyPassword('../ada', 'lovelace1'), undefined);
  await assert.rejects(accounts.create({ name: 'ada', password: 'lovelace1', isAdmin: true }), {
    code: 'hub.account_exists',
  });
});

test('names and passwords out of bounds are refused', async () => {
  for (const name of ['', 'Ada', 'a b', '-a', 'a--b', 'a'.repeat(65), 'a/b'])
    await assert.rejects(accounts.create({ name, password: 'long enough', isAdmin: false }), {
      code: 'hub.account_name_invalid',
    });
  for (const password of ['', 'short12', 'x'.repeat(513)])
    await assert.rejects(accounts.create({ name: 'bob', password, isAdmin: false }), {
      code: 'hub.password_invalid',
    });
});

test('the first administrator gets a generated password once; a configured one holds', async () => {
  const { isNew, generatedPassword = '' } = await accounts.ensureAdministrator({ name: 'admin' });
  assert.equal(isNew, true);
  assert.match(generatedPassword, /^[\w-]{20}$/);
  assert.equal((await accounts.verifyPassword('admin', generatedPassword))?.isAdmin, true);
  assert.deepEqual(await accounts.ensureAdministrator({ name: 'admin' }), { isNew: false });
  const configured = { name: 'admin', password: 'configured' };
  assert.deepEqual(await accounts.ensureAdministrator(configured), { isNew: false });
  assert.equal((await accounts.verifyPassword('admin', 'configured'))?.isAdmin, true);
  assert.equal(await accounts.verifyPassword('admin', generatedPassword), undefined);
  await assert.rejects(accounts.ensureAdministrator({ name: 'admin', password: 'short' }), {
    code: 'hub.password_invalid',
  });
});

test('two processes that start at once make one administrator and print one password', async () => {
  await using other = await openSqliteDatabase(':memory:');
  const parts = { database: other, clock: { now: () => 1 }, random: systemRandom };
  const ensured = await Promise.all(
    [createAccounts(parts), createAccounts(parts)].map((one) => one.ensureAdministrator({ name: 'admin' })),
  );
  const made = ensured.filter(({ isNew }) => isNew);
  assert.equal(made.length, 1);
  assert.equal(ensured.filter(({ generatedPassword }) => generatedPassword !== undefined).length, 1);
  assert.ok(await createAccounts(parts).verifyPassword('admin', made[0]?.generatedPassword as string));
});
