import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Database } from '../../io/db/database.ts';
import { openSqliteDatabase } from '../../io/db/sqlite.ts';
import {
  type Access,
  type Action,
  anonymous,
  createAccess,
  type Principal,
  type Product,
  product,
} from './access.ts';
import { formatScope, parseScopes } from './scope.ts';

const admin: Principal = { kind: 'account', id: '1', name: 'admin', isAdmin: true };
const guest: Principal = { kind: 'account', id: '2', name: 'guest', isAdmin: false };
const actions: readonly Action[] = ['pull', 'push', 'delete'];

let database: Database;
let access: Access;

before(async () => {
  database = await openSqliteDatabase(':memory:');
  access = createAccess({ database });
  for (const [name, is_public] of [
    ['open', 1],
    ['closed', 0],
  ] as const)
    await database.query
      .insertInto('repository')
      .values({ name, is_public, created_at: 0, updated_at: 0 })
      .execute();
});
after(() => database[Symbol.asyncDispose]());

async function allowed(principal: Principal | Product, repository: string): Promise<string> {
  const granted: string[] = [];
  for (const action of actions)
    if ((await access.grant(principal, action, repository)) !== undefined) granted.push(action);
  return granted.join(' ');
}

test('administrators may do all; anybody may pull what is public or not there; nobody else may more', async () => {
  for (const repository of ['open', 'closed', 'new'])
    assert.equal(await allowed(admin, repository), 'pull push delete');
  for (const principal of [anonymous, guest]) {
    assert.equal(await allowed(principal, 'open'), 'pull');
    assert.equal(await allowed(principal, 'new'), 'pull');
    assert.equal(await allowed(principal, 'closed'), '');
  }
});

test('what is under plimsoll/ the product alone pushes, and it may do nothing elsewhere', async () => {
  assert.equal(await allowed(product, 'plimsoll/advisories'), 'pull push delete');
  for (const repository of ['open', 'closed', 'new', 'plimsoll', 'plimsollish/advisories'])
    assert.equal(await allowed(product, repository), '');
  const scoped: Principal = { ...admin, scopes: parseScopes('repository:plimsoll/advisories:*') };
  for (const principal of [admin, scoped])
    assert.equal(await allowed(principal, 'plimsoll/advisories'), 'pull delete');
  for (const principal of [anonymous, guest]) assert.equal(await allowed(principal, 'plimsoll/x'), 'pull');
  assert.equal(await allowed(admin, 'plimsollish/advisories'), 'pull push delete');
  const narrowed = await access.narrow(admin, parseScopes('repository:plimsoll/advisories:pull,push'));
  assert.deepEqual(narrowed.map(formatScope), ['repository:plimsoll/advisories:pull']);
});

test('scopes narrow an account, but never below anybody', async () => {
  const scoped: Principal = { ...admin, scopes: parseScopes('repository:closed:pull') };
  assert.equal(await allowed(scoped, 'closed'), 'pull');
  assert.equal(await allowed(scoped, 'open'), 'pull');
  assert.equal(await allowed({ ...admin, scopes: [] }, 'closed'), '');
  assert.equal(await allowed({ ...guest, scopes: parseScopes('repository:open:*') }, 'open'), 'pull');
});

test('a grant names the repository and the account', async () => {
  assert.deepEqual(
    { ...(await access.grant(admin, 'push', 'open')) },
    { repository: 'open', account: 'admin' },
  );
  assert.deepEqual(
    { ...(await access.grant(anonymous, 'pull', 'open')) },
    { repository: 'open', account: undefined },
  );
});

test('asking for more than one may have gives the rest', async () => {
  const narrow = async (principal: Principal, text: string): Promise<string> =>
    (await access.narrow(principal, parseScopes(text))).map(formatScope).join(' ');
  assert.equal(await narrow(guest, 'repository:open:pull,push'), 'repository:open:pull');
  assert.equal(await narrow(admin, 'repository:open:*'), 'repository:open:pull,push,delete');
  assert.equal(
    await narrow(anonymous, 'repository:closed:pull repository:open:pull'),
    'repository:open:pull',
  );
  assert.equal(await narrow(admin, 'repository(plugin):open:pull'), 'repository(plugin):open:pull');
  assert.equal(await narrow(admin, 'registry:catalog:*'), 'registry:catalog:*');
  assert.equal(await narrow(guest, 'registry:catalog:* planet:mars:visit'), '');
});
