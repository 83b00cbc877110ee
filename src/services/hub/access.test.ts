import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Database } from '../../io/db/database.ts';
import { openSqliteDatabase } from '../../io/db/sqlite.ts';
import { systemRandom } from '../../kit/clock.ts';
import {
  type Access,
  type Action,
  anonymous,
  createAccess,
  type Grant,
  type Principal,
  type Product,
  principalOf,
  product,
} from './access.ts';
import { createAccounts } from './accounts.ts';
import { createOrganisations } from './organisations.ts';
import { createRobots } from './robots.ts';
import { createRoles } from './roles.ts';
import { formatScope, parseScopes } from './scope.ts';

const actions: readonly Action[] = ['pull', 'push', 'delete', 'maintain', 'own'];
const all = actions.join(' ');
const clock = { now: () => 1_000 };

let database: Database;
let access: Access;
let admin: Principal & { kind: 'account' };
let guest: Principal & { kind: 'account' };
let parts: { database: Database; clock: typeof clock; random: typeof systemRandom };

before(async () => {
  database = await openSqliteDatabase(':memory:');
  parts = { database, clock, random: systemRandom };
  access = createAccess({ database });
  const accounts = createAccounts(parts);
  admin = principalOf(await accounts.create({ name: 'admin', password: 'long enough', isAdmin: true }));
  guest = principalOf(await accounts.create({ name: 'guest', password: 'long enough', isAdmin: false }));
  await createOrganisations(parts).create(access.checkAdministrator(admin), { name: 'acme', owner: 'admin' });
  for (const [name, is_public] of [
    ['open', 1],
    ['closed', 0],
    ['acme/closed', 0],
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
  for (const repository of ['open', 'closed', 'new']) assert.equal(await allowed(admin, repository), all);
  for (const principal of [anonymous, guest]) {
    assert.equal(await allowed(principal, 'open'), 'pull');
    assert.equal(await allowed(principal, 'new'), 'pull');
    assert.equal(await allowed(principal, 'closed'), '');
  }
});

test('an account owns the namespace of its name, and nothing that only begins with it', async () => {
  for (const repository of ['guest', 'guest/app', 'guest/deep/app'])
    assert.equal(await allowed(guest, repository), all);
  for (const repository of ['guests/app', 'guest-2', 'admin/app', 'acme/new'])
    assert.equal(await allowed(guest, repository), 'pull', repository);
});

test('each role allows its own, in its repository or in all of its namespace', async () => {
  const roles = createRoles(parts);
  const subject = { kind: 'account', name: 'guest' } as const;
  const acme = await access.checkNamespace(admin, 'own', 'acme');
  const one = await access.checkRepository(admin, 'own', 'acme/closed');
  for (const [role, may] of [
    ['reader', 'pull'],
    ['writer', 'pull push'],
    ['maintainer', 'pull push delete maintain'],
    ['owner', all],
  ] as const) {
    await roles.give(one, subject, role);
    assert.equal(await allowed(guest, 'acme/closed'), may);
    assert.equal(await allowed(guest, 'acme/closed/more'), 'pull');
    await roles.give(acme, subject, role);
    assert.equal(await allowed(guest, 'acme/closed/more'), may);
    await roles.take(one, subject);
    assert.equal(await allowed(guest, 'acme/closed'), may);
    await roles.take(acme, subject);
    assert.equal(await allowed(guest, 'acme/closed'), '');
  }
});

test('a team’s role is its members’, as long as they are in it', async () => {
  const organisations = createOrganisations(parts);
  const roles = createRoles(parts);
  const acme = await access.checkNamespace(admin, 'own', 'acme');
  await organisations.createTeam(acme, 'builders');
  await roles.give(acme, { kind: 'team', name: 'builders' }, 'writer');
  await assert.rejects(organisations.setInTeam(acme, 'builders', 'guest', true), {
    code: 'hub.organisation_missing',
  });
  await organisations.addMember(acme, 'guest');
  assert.equal(await allowed(guest, 'acme/closed'), '', 'being a member alone gives nothing');
  await organisations.setInTeam(acme, 'builders', 'guest', true);
  assert.equal(await allowed(guest, 'acme/closed'), 'pull push');
  await organisations.removeMember(acme, 'guest');
  assert.equal(await allowed(guest, 'acme/closed'), '');
  await organisations.addMember(acme, 'guest');
  assert.equal(await allowed(guest, 'acme/closed'), '', 'who comes back has to be put into it again');
  await organisations.removeTeam(acme, 'builders');
  assert.deepEqual(
    (await roles.list(acme)).map(({ subject }) => subject.name),
    ['admin'],
  );
});

test('a namespace is never left without an owner, and takes no subject of another', async () => {
  const roles = createRoles(parts);
  const acme = await access.checkNamespace(admin, 'own', 'acme');
  const last = { kind: 'account', name: 'admin' } as const;
  await assert.rejects(roles.take(acme, last), { code: 'hub.organisation_conflict' });
  await assert.rejects(roles.give(acme, last, 'reader'), { code: 'hub.organisation_conflict' });
  await createRobots(parts).create(await access.checkNamespace(guest, 'own', 'guest'), 'ci');
  await assert.rejects(roles.give(acme, { kind: 'robot', name: 'ci' }, 'writer'), {
    code: 'hub.organisation_missing',
  });
  await assert.rejects(roles.take(acme, { kind: 'account', name: 'guest' }), { code: 'hub.role_invalid' });
});

test('what is under plimsoll/ the product alone pushes, and it may do nothing elsewhere', async () => {
  assert.equal(await allowed(product, 'plimsoll/advisories'), all);
  for (const repository of ['open', 'closed', 'new', 'plimsoll', 'plimsollish/advisories'])
    assert.equal(await allowed(product, repository), '');
  const scoped: Principal = { ...admin, scopes: parseScopes('repository:plimsoll/advisories:*') };
  assert.equal(await allowed(admin, 'plimsoll/advisories'), 'pull delete maintain own');
  assert.equal(await allowed(scoped, 'plimsoll/advisories'), 'pull delete maintain own');
  for (const principal of [anonymous, guest]) assert.equal(await allowed(principal, 'plimsoll/x'), 'pull');
  assert.equal(await allowed(admin, 'plimsollish/advisories'), all);
  const narrowed = await access.narrow(admin, parseScopes('repository:plimsoll/advisories:pull,push'));
  assert.deepEqual(narrowed.map(formatScope), ['repository:plimsoll/advisories:pull']);
});

test('scopes and permissions narrow an account, but never below anybody', async () => {
  const scoped: Principal = { ...admin, scopes: parseScopes('repository:closed:pull') };
  assert.equal(await allowed(scoped, 'closed'), 'pull');
  assert.equal(await allowed(scoped, 'open'), 'pull');
  assert.equal(await allowed({ ...admin, scopes: [] }, 'closed'), '');
  assert.equal(await allowed({ ...guest, scopes: parseScopes('repository:open:*') }, 'open'), 'pull');
  const permissions = [{ repositories: 'acme/*', actions: ['pull', 'push'] }] as const;
  assert.equal(await allowed({ ...admin, permissions }, 'acme/closed'), 'pull push');
  assert.equal(await allowed({ ...admin, permissions }, 'closed'), '');
  assert.equal(await allowed({ ...guest, permissions }, 'acme/closed'), '', 'it gives nothing by itself');
});

test('a right that ends, ends for writes at once, whatever the bearer token says', async () => {
  const scoped: Principal = { ...guest, isAdmin: true, scopes: parseScopes('repository:closed:*') };
  assert.equal(await allowed(scoped, 'closed'), 'pull', 'only a pull believes what was true a moment ago');
  const accounts = createAccounts(parts);
  const made = await accounts.create({ name: 'leaver', password: 'long enough', isAdmin: false });
  const leaver = { ...principalOf(made), scopes: parseScopes('repository:leaver/app:pull,push') };
  assert.equal(await allowed(leaver, 'leaver/app'), 'pull push');
  await accounts.setDisabled(access.checkAdministrator(admin), 'leaver', true);
  assert.equal(await allowed(leaver, 'leaver/app'), 'pull');
  assert.equal(await accounts.verifyPassword('leaver', 'long enough'), undefined);
  assert.equal(await accounts.findById(made.id), undefined);
  await assert.rejects(accounts.setDisabled(access.checkAdministrator(admin), 'admin', true), {
    code: 'hub.account_own',
  });
  await assert.rejects(accounts.setDisabled(access.checkAdministrator(admin), 'nobody', true), {
    code: 'hub.account_missing',
  });
});

test('a private namespace tells nobody which of its repositories are there', async () => {
  const acme = await access.checkNamespace(admin, 'own', 'acme');
  await createOrganisations(parts).setPublic(acme, false);
  for (const name of ['acme/closed', 'acme/none'])
    for (const principal of [anonymous, guest]) {
      assert.equal(await allowed(principal, name), '');
      await assert.rejects(access.checkRepository(principal, 'maintain', name), {
        code: 'hub.repository_missing',
        message: `there is no repository "${name}" here`,
      });
    }
  await createOrganisations(parts).setPublic(acme, true);
});

test('only who is logged in as themselves changes rights', async () => {
  const confined: Principal = { ...admin, credential: 'x', permissions: [] };
  const scoped: Principal = { ...admin, scopes: parseScopes('repository:open:*') };
  for (const principal of [confined, scoped, guest]) {
    assert.throws(() => access.checkAdministrator(principal), { code: 'hub.access_denied' });
    await assert.rejects(access.checkNamespace(principal, 'pull', 'acme'), { code: 'hub.access_denied' });
  }
  for (const principal of [confined, scoped])
    assert.throws(() => access.checkSelf(principal), { code: 'hub.access_denied' });
  assert.throws(() => access.checkAdministrator(anonymous), { code: 'hub.login_required' });
  assert.throws(() => access.checkSelf(anonymous), { code: 'hub.login_required' });
  const byToken: Principal = { ...guest, credential: 'x' };
  assert.equal(access.checkSelf(byToken).account, 'guest');
  assert.throws(() => access.checkSelf(byToken, { isByPassword: true }), { code: 'hub.access_denied' });
});

test('a grant names the repository, the account, and how it was proven', async () => {
  assert.deepEqual(
    { ...(await access.grant(admin, 'push', 'open')) },
    { repository: 'open', account: 'admin', via: 'password' },
  );
  assert.deepEqual(
    { ...(await access.grant(anonymous, 'pull', 'open')) },
    { repository: 'open', account: undefined, via: 'nothing' },
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
  assert.equal(await narrow(guest, 'registry:catalog:* planet:mars:visit'), 'registry:catalog:*');
  assert.equal(await narrow(anonymous, 'registry:catalog:*'), '');
});

test('what is asked for at every pull costs one row, and none until somebody writes', async () => {
  let asked = 0;
  const query = new Proxy(database.query, {
    get(target, name) {
      if (name === 'selectFrom') asked += 1;
      const value = Reflect.get(target, name) as unknown;
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  const counted = createAccess({ database: { ...database, query } as Database });
  const costs = async (principal: Principal, repository: string): Promise<number> => {
    asked = 0;
    await counted.grant(principal, 'pull', repository);
    return asked;
  };
  const scopes = parseScopes('repository:open:pull repository:closed:pull');
  assert.equal(await costs(anonymous, 'open'), 1);
  assert.equal(await costs(anonymous, 'closed'), 1);
  for (const who of [anonymous, { ...guest, scopes: [] }]) assert.equal(await costs(who, 'open'), 0);
  await database.query.updateTable('repository').set({ updated_at: 2 }).where('name', '=', 'open').execute();
  assert.equal(await costs({ ...guest, scopes: [] }, 'open'), 1);
  assert.equal(await costs({ ...guest, scopes }, 'closed'), 0, 'the token says so');
  assert.equal(await costs(admin, 'closed'), 0);
});

test('a peek gives what memory allows to pull, and never more than a grant', async () => {
  const within = { ...guest, scopes: parseScopes('repository:closed:pull') };
  const beside = { ...guest, scopes: parseScopes('repository:closed:push repository:other:pull') };
  const everybody: readonly Principal[] = [anonymous, guest, admin, within, beside];
  for (const repository of ['open', 'closed', 'acme/closed'])
    for (const principal of everybody) {
      const granted = await access.grant(principal, 'pull', repository);
      const peeked = access.peek(principal, repository);
      if (peeked !== undefined) assert.deepEqual(peeked, granted, repository);
    }
  assert.equal(access.peek(anonymous, 'open')?.repository, 'open');
  assert.equal(access.peek(within, 'closed')?.account, 'guest');
  for (const principal of [anonymous, guest, beside])
    assert.equal(access.peek(principal, 'closed'), undefined);

  const makeOpen = (is_public: 0 | 1) =>
    database.query.updateTable('repository').set({ is_public }).where('name', '=', 'open').execute();
  await makeOpen(0);
  assert.equal(access.peek(anonymous, 'open'), undefined);
  assert.equal(await access.grant(anonymous, 'pull', 'open'), undefined);
  assert.equal(access.peek(anonymous, 'open'), undefined, 'a no is remembered as a no');
  await makeOpen(1);
});

test('a principal by a certificate that nobody registers any more may write nothing', async () => {
  const principal: Principal = { ...admin, certificate: 'removed' };
  assert.equal(await access.grant(principal, 'push', 'new'), undefined);
  assert.throws(() => access.checkSelf(principal, { isByPassword: true }), {
    code: 'hub.access_denied',
    message: /logged in with a client certificate/,
  });
});

test('a right to hang statements on images is the product’s alone, and no right to push', () => {
  const attach = access.grantAttach(product, 'open');
  assert.deepEqual({ ...attach }, { repository: 'open', account: undefined, via: 'product' });
  // @ts-expect-error: nobody else is given it
  const asked = () => access.grantAttach(admin, 'open');
  assert.equal(typeof asked, 'function');
  const takesPush = (grant: Grant<'push'>): string => grant.repository;
  // @ts-expect-error: what writes images and tags takes another grant
  assert.equal(takesPush(attach), 'open');
});
