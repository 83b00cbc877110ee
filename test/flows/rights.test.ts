// Promise: roles say who may do what, in namespaces and repositories; people, robots and tokens log in as clients do;
// what was taken away is gone; and everything is in the audit log, but no secret is anywhere.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { debianImage } from '../world/image.ts';
import { type Person, personIn } from '../world/person.ts';
import { bootProduct, type ProductWorld, password } from '../world/product.ts';

interface Token {
  readonly id: string;
  readonly secret: string;
  readonly lastUsedAt?: string;
  readonly revokedAt?: string;
}

let world: ProductWorld;
let admin: Person;
let ada: Person;
let eve: Person;
const nobody = () => personIn(world);
const logged: unknown[] = [];
const secrets: string[] = [];

before(async () => {
  const note = (...line: unknown[]) => void logged.push(line);
  world = await bootProduct({ log: { debug: note, notice: note, warn: note, error: note } });
  admin = personIn(world, 'admin', password);
  for (const name of ['ada', 'eve'])
    await admin.call('POST', '/api/v1/accounts', 201, { name, password: `${name} has a password` });
  ada = personIn(world, 'ada', 'ada has a password');
  eve = personIn(world, 'eve', 'eve has a password');
  await admin.call('POST', '/api/v1/namespaces', 201, { name: 'acme', owner: 'ada' });
});
after(() => world[Symbol.asyncDispose]());

const acme = '/api/v1/namespaces/acme';

test('people push to their own namespace and to no other; what nobody owns is the administrators’', async () => {
  assert.equal(await ada.push('ada/app'), 202);
  assert.equal(await ada.push('acme/app'), 202);
  for (const repository of ['eve/app', 'library/app', 'adam/app', 'plimsoll/app'])
    assert.equal(await ada.push(repository), 403, repository);
  assert.equal(await eve.push('acme/app'), 403);
  assert.equal(await nobody().push('acme/app'), 401);
  assert.equal(await admin.push('library/app'), 202);
});

test('a name is nobody’s twice, and the product’s own is nobody’s', async () => {
  for (const name of ['acme', 'ada']) {
    await admin.call('POST', '/api/v1/accounts', 409, { name, password: 'long enough' });
    await admin.call('POST', '/api/v1/namespaces', 409, { name, owner: 'ada' });
  }
  for (const name of ['plimsoll', 'oidc', 'a/b', 'A', ''])
    await admin.call('POST', '/api/v1/namespaces', 400, { name, owner: 'ada' });
  await admin.call('POST', '/api/v1/namespaces', 404, { name: 'other', owner: 'nobody' });
});

test('every address of rights: nobody 401, a stranger 403, the owner what it does', async () => {
  const changes: readonly (readonly [string, string, unknown, number])[] = [
    ['POST', `${acme}/members`, { account: 'eve' }, 200],
    ['POST', `${acme}/teams`, { name: 'builders' }, 201],
    ['POST', `${acme}/teams/builders/members`, { account: 'eve' }, 200],
    ['DELETE', `${acme}/teams/builders/members/eve`, undefined, 200],
    ['DELETE', `${acme}/teams/builders`, undefined, 200],
    ['DELETE', `${acme}/members/eve`, undefined, 200],
    ['POST', `${acme}/roles`, { subject: { kind: 'account', name: 'admin' }, role: 'reader' }, 200],
    ['GET', `${acme}/roles`, undefined, 200],
    ['DELETE', `${acme}/roles/account/admin`, undefined, 200],
    ['POST', `${acme}/robots`, { name: 'tidy' }, 201],
    ['GET', `${acme}/robots`, undefined, 200],
    ['POST', `${acme}/robots/tidy/tokens`, { name: 'first' }, 201],
    ['GET', `${acme}/robots/tidy/tokens`, undefined, 200],
    ['DELETE', `${acme}/robots/tidy`, undefined, 200],
    ['GET', `${acme}/publishers`, undefined, 200],
    ['POST', `${acme}/visibility`, { isPublic: true }, 200],
    ['GET', acme, undefined, 200],
    ['GET', '/api/v1/repositories/acme/app/-/roles', undefined, 200],
    ['POST', '/api/v1/repositories/acme/app/-/visibility', { isPublic: true }, 200],
  ];
  for (const [method, path, body, status] of changes) {
    await nobody().call(method, path, 401, body);
    await eve.call(method, path, 403, body);
    await ada.call(method, path, status, body);
  }
  for (const path of ['/api/v1/accounts', '/api/v1/audit']) {
    await nobody().call('GET', path, 401);
    await ada.call('GET', path, 403);
    await admin.call('GET', path, 200);
  }
  await ada.call('POST', '/api/v1/accounts', 403, { name: 'friend', password: 'long enough', isAdmin: true });
  await ada.call('POST', '/api/v1/namespaces', 403, { name: 'mine', owner: 'ada' });
  await ada.call('POST', '/api/v1/accounts/eve/disable', 403);
  await nobody().call('GET', '/api/v1/tokens', 401);
  await nobody().call('POST', '/api/v1/self/password', 401, { current: 'x', wanted: 'y' });
});

test('a private repository is there for who has a role in it, and for nobody else in any way', async () => {
  const image = debianImage(['quiet-package 1.0-1']);
  await world.push('acme/secret', '1', image);
  await world.untilScanned('acme/secret', '1');
  await ada.call('POST', '/api/v1/repositories/acme/secret/-/visibility', 200, { isPublic: false });
  const names = async (who: Person) =>
    (
      await who.call<{ repositories: { name: string }[] }>('GET', '/api/v1/repositories', 200)
    ).repositories.map(({ name }) => name);
  const found = async (who: Person) =>
    (await who.call<{ packages: unknown[] }>('GET', '/api/v1/search?q=quiet-package', 200)).packages.length;
  for (const stranger of [eve, nobody()]) {
    assert.ok(!(await names(stranger)).includes('acme/secret'));
    assert.equal(await found(stranger), 0);
    await stranger.call('GET', '/api/v1/repositories/acme/secret', 404);
    await stranger.call('GET', '/api/v1/repositories/acme/secret/-/roles', 404);
  }
  const refused = await world.send('GET', '/v2/acme/secret/tags/list', {
    headers: { authorization: eve.authorization },
  });
  const absent = await world.send('GET', '/v2/acme/absent/tags/list', {
    headers: { authorization: eve.authorization },
  });
  assert.equal(refused.status, 404);
  assert.equal((await refused.text()).replaceAll('secret', 'absent'), await absent.text());
  assert.equal(await nobody().pull('acme/secret'), 401);
  assert.ok((await names(ada)).includes('acme/secret'));
  assert.equal(await ada.pull('acme/secret'), 200);
  const subject = { kind: 'account', name: 'eve' };
  const roles = '/api/v1/repositories/acme/secret/-/roles';
  await ada.call('POST', roles, 200, { subject, role: 'reader' });
  assert.equal(await eve.pull('acme/secret'), 200);
  assert.ok((await names(eve)).includes('acme/secret'));
  assert.equal(await found(eve), 1);
  assert.equal(await eve.push('acme/secret'), 403);
  await ada.call('DELETE', `${roles}/account/eve`, 200);
  assert.equal(await eve.pull('acme/secret'), 404);
});

test('new repositories of a private namespace are private', async () => {
  await ada.call('POST', '/api/v1/namespaces/ada/visibility', 200, { isPublic: false });
  await world.push('ada/diary', '1', debianImage(['bash 5.2-1']));
  assert.equal(await nobody().pull('ada/diary'), 401);
  assert.equal(await nobody().pull('ada/not-there'), 401, 'and nobody learns which there are');
  assert.equal(await ada.pull('ada/diary'), 200);
});

test('a personal token logs in for what it was made for, is told when it was used, and ends when revoked', async () => {
  const narrow = await ada.call<Token>('POST', '/api/v1/tokens', 201, {
    name: 'laptop',
    permissions: [{ repositories: 'acme/*', actions: ['pull', 'push'] }],
  });
  secrets.push(narrow.secret);
  const laptop = personIn(world, 'ada', narrow.secret);
  assert.equal(await laptop.push('acme/app'), 202);
  assert.equal(await laptop.push('ada/app'), 401, 'with another token it might');
  assert.equal(await laptop.pull('acme/secret'), 200);
  assert.equal(
    await personIn(world, 'eve', narrow.secret)
      .token('')
      .catch(() => 'refused'),
    'refused',
  );
  await laptop.call('GET', '/api/v1/tokens', 403);
  await laptop.call('POST', `${acme}/robots`, 403, { name: 'mine' });
  const bearer = await laptop.token('repository:acme/app:pull,push');
  const { tokens } = await ada.call<{ tokens: Token[] }>('GET', '/api/v1/tokens', 200);
  assert.ok(tokens[0]?.lastUsedAt);
  assert.ok(!JSON.stringify(tokens).includes(narrow.secret));
  await eve.call('DELETE', `/api/v1/tokens/${narrow.id}`, 404);
  await ada.call('DELETE', `/api/v1/tokens/${narrow.id}`, 200);
  await laptop.call('GET', '/api/v1/self', 401);
  const headers = { authorization: `Bearer ${bearer}` };
  const write = await world.send('POST', '/v2/acme/app/blobs/uploads/', { headers });
  assert.equal(write.status, 403, 'nor do bearer tokens of it write on');
});

test('a token for all makes no further token; one that ended is none; a Bearer header does too', async () => {
  const whole = await ada.call<Token>('POST', '/api/v1/tokens', 201, { name: 'all' });
  secrets.push(whole.secret);
  const byToken = personIn(world, 'ada', whole.secret);
  await byToken.call('GET', '/api/v1/tokens', 200);
  await byToken.call('POST', '/api/v1/tokens', 403, { name: 'more' });
  await byToken.call('POST', '/api/v1/self/password', 403, { current: 'x', wanted: 'long enough' });
  const headers = { authorization: `Bearer ${whole.secret}` };
  assert.equal((await world.send('GET', '/v2/', { headers })).status, 200);
  assert.equal((await world.send('GET', '/api/v1/tokens', { headers })).status, 200);
  for (const bad of [
    { name: '' },
    { name: 'past', expiresAt: '2020-01-01T00:00:00Z' },
    { name: 'none', permissions: [] },
    { name: 'odd', permissions: [{ repositories: 'A*', actions: ['pull'] }] },
    { name: 'idle', permissions: [{ repositories: '**', actions: [] }] },
  ]) {
    const { code } = await ada.call<{ code: string }>('POST', '/api/v1/tokens', 400, bad);
    assert.equal(code, 'hub.permission_invalid', JSON.stringify(bad));
  }
  const { code } = await ada.call<{ code: string }>('DELETE', '/api/v1/tokens/0-0', 404);
  assert.equal(code, 'hub.access_token_missing');
});

test('there are only so many tokens', async () => {
  const columns = 'id, kind, owner_id, name, secret_hash, created_at';
  for (let at = 0; at < 200; at += 1)
    world.rows(
      `insert into access_token (${columns}) select ?, 'personal', id, 'many', ?, 0 from account where name = 'ada'`,
      `many-${at}`,
      `hash-${at}`,
    );
  const { code } = await ada.call<{ code: string }>('POST', '/api/v1/tokens', 429, { name: 'one more' });
  assert.equal(code, 'hub.access_tokens_too_many');
  world.rows(`delete from access_token where name = 'many'`);
});

test('a robot may what its roles say', async () => {
  await ada.call('POST', `${acme}/robots`, 201, { name: 'ci' });
  await ada.call('POST', `${acme}/robots`, 409, { name: 'ci' });
  const token = await ada.call<Token>('POST', `${acme}/robots/ci/tokens`, 201, { name: 'pipeline' });
  secrets.push(token.secret);
  const robot = personIn(world, 'acme+ci', token.secret);
  assert.equal(await robot.push('acme/app'), 403);
  const subject = { kind: 'robot', name: 'ci' };
  await ada.call('POST', `${acme}/roles`, 200, { subject, role: 'writer' });
  assert.equal(await robot.push('acme/app'), 202);
  assert.equal(await robot.pull('acme/secret'), 200);
  assert.equal(await robot.push('ada/app'), 403);
  assert.equal((await robot.call('GET', '/api/v1/self', 200)).kind, 'robot');
  await robot.call('GET', '/api/v1/repositories/acme/secret', 200);
  await robot.call('POST', `${acme}/robots`, 403, { name: 'child' });
  await ada.call('DELETE', `${acme}/robots/ci/tokens/${token.id}`, 200);
  await robot.call('GET', '/api/v1/self', 401);
  await ada.call('DELETE', `${acme}/robots/ci`, 200);
  await ada.call('GET', `${acme}/robots/ci/tokens`, 404);
});

test('the token endpoint: several scopes, less than asked, and refresh tokens by GET and POST', async () => {
  const scopes =
    '&scope=repository:ada/app:pull,push,delete&scope=repository:eve/app:push%20repository:acme/app:pull';
  const headers = { authorization: ada.authorization };
  const got = (await (
    await world.send('GET', `/token?service=plimsoll&offline_token=true&client_id=docker${scopes}`, {
      headers,
    })
  ).json()) as Record<string, string>;
  assert.equal(got.scope, 'repository:ada/app:pull,push,delete repository:acme/app:pull');
  assert.equal(got.token, got.access_token);
  const refresh_token = got.refresh_token as string;
  assert.match(refresh_token, /^plms_/);
  secrets.push(refresh_token);
  const post = async (form: Record<string, string>) => {
    const answer = await world.send('POST', '/token', { body: new URLSearchParams(form) });
    return { status: answer.status, body: (await answer.json()) as Record<string, string> };
  };
  const login = {
    service: 'plimsoll',
    client_id: 'docker',
    scope: 'repository:ada/app:push repository:eve/app:push',
  };
  const refreshed = await post({ grant_type: 'refresh_token', refresh_token, ...login });
  assert.equal(refreshed.status, 200);
  assert.equal(refreshed.body.scope, 'repository:ada/app:push');
  assert.equal(refreshed.body.refresh_token, refresh_token, 'clients keep what they are given back');
  const byPassword = await post({
    grant_type: 'password',
    username: 'ada',
    password: 'ada has a password',
    access_type: 'offline',
    ...login,
  });
  assert.match(byPassword.body.refresh_token ?? '', /^plms_/);
  secrets.push(byPassword.body.refresh_token as string);
  const asPassword = personIn(world, 'ada', refresh_token);
  await asPassword.call('GET', '/api/v1/self', 401);
  assert.equal((await post({ grant_type: 'refresh_token', refresh_token: 'plms_x', ...login })).status, 401);
  assert.equal((await post({ grant_type: 'refresh_token', ...login })).status, 400);
  await ada.call('POST', '/api/v1/self/password', 401, { current: 'wrong', wanted: 'ada has another' });
  await ada.call('POST', '/api/v1/self/password', 400, { current: 'ada has a password', wanted: 'short' });
  await ada.call('POST', '/api/v1/self/password', 200, {
    current: 'ada has a password',
    wanted: 'ada has another',
  });
  assert.equal((await post({ grant_type: 'refresh_token', refresh_token, ...login })).status, 401);
  ada = personIn(world, 'ada', 'ada has another');
  assert.equal(await ada.push('ada/app'), 202);
});

test('a refresh token may what the token may that it was got with, and ends with it', async () => {
  const permissions = [{ repositories: 'eve/one', actions: ['pull', 'push'] }];
  const parent = await eve.call<Token>('POST', '/api/v1/tokens', 201, { name: 'parent', permissions });
  secrets.push(parent.secret);
  const { authorization } = personIn(world, 'eve', parent.secret);
  const got = (await (
    await world.send('GET', '/token?offline_token=true', { headers: { authorization } })
  ).json()) as { refresh_token: string };
  const refresh = async () => {
    const body = new URLSearchParams({
      grant_type: 'refresh_token',
      refresh_token: got.refresh_token,
      scope: 'repository:eve/one:push repository:eve/two:push',
    });
    const answer = await world.send('POST', '/token', { body });
    return answer.status === 200 ? ((await answer.json()) as { scope: string }).scope : answer.status;
  };
  assert.equal(await refresh(), 'repository:eve/one:push');
  await eve.call('DELETE', `/api/v1/tokens/${parent.id}`, 200);
  assert.equal(await refresh(), 401);
});

test('an account that is disabled logs in no more, and gets it all back', async () => {
  const bearer = await eve.token('repository:eve/app:pull,push');
  await admin.call('POST', '/api/v1/accounts/eve/disable', 200);
  await eve.call('GET', '/api/v1/self', 401);
  const headers = { authorization: `Bearer ${bearer}` };
  assert.equal((await world.send('POST', '/v2/eve/app/blobs/uploads/', { headers })).status, 403);
  await admin.call('POST', '/api/v1/accounts/eve/enable', 200);
  assert.equal(await eve.push('eve/app'), 202);
  await admin.call('POST', '/api/v1/accounts/admin/disable', 409);
  await admin.call('POST', '/api/v1/accounts/nobody/disable', 404);
});

test('guessing is slowed: 429 with Retry-After, on /token, /v2 and the API alike', async () => {
  await admin.call('POST', '/api/v1/accounts', 201, { name: 'victim', password: 'victim has a password' });
  const guess = personIn(world, 'victim', 'wrong password').authorization;
  const ask = (path: string) => world.send('GET', path, { headers: { authorization: guess } });
  for (let at = 0; at < 6; at += 1) assert.equal((await ask('/token')).status, 401);
  for (const path of ['/token', '/v2/', '/api/v1/self']) {
    const slowed = await ask(path);
    assert.equal(slowed.status, 429, path);
    assert.ok(Number(slowed.headers.get('retry-after')) >= 1);
  }
  assert.equal(await admin.push('library/app'), 202, 'who logged in from here before is not held up');
});

test('a password that was typed as a name is not written down', async () => {
  const headers = { authorization: personIn(world, 'hunter2hunter2', '').authorization };
  assert.equal((await world.send('GET', '/token', { headers })).status, 401);
  secrets.push('hunter2hunter2');
});

test('the audit log has it all in a chain, a page at a time; no secret is in it, in the database or the log', async () => {
  const entries: { seq: number; action: string; who: string }[] = [];
  for (;;) {
    const after = entries.at(-1)?.seq ?? 0;
    const page = await admin.call<{ entries: typeof entries }>(
      'GET',
      `/api/v1/audit?after=${after}&limit=50`,
      200,
    );
    if (page.entries.length === 0) break;
    entries.push(...page.entries);
  }
  assert.deepEqual(
    entries.map(({ seq }) => seq),
    entries.map((_, at) => at + 1),
  );
  const actions = new Set(entries.map(({ action }) => action));
  for (const action of [
    ...['account.create', 'account.disable', 'account.enable', 'account.password', 'organisation.create'],
    ...[
      'member.add',
      'member.remove',
      'team.create',
      'team.join',
      'team.leave',
      'team.delete',
      'role.give',
      'role.take',
    ],
    ...[
      'robot.create',
      'robot.delete',
      'token.create',
      'token.revoke',
      'namespace.visibility',
      'repository.visibility',
    ],
    ...['manifest.push', 'tag.move', 'login.refused'],
  ])
    assert.ok(actions.has(action), action);
  const refused = entries.filter(({ action }) => action === 'login.refused').length;
  assert.ok(refused < 10, `${refused} of the refused logins are noted, not all`);
  const kept = readdirSync(world.data)
    .filter((name) => name.includes('.sqlite'))
    .map((name) => readFileSync(join(world.data, name), 'latin1'))
    .join('');
  assert.ok(kept.includes('pipeline'), 'the files are the ones that hold the tokens');
  for (const secret of [...secrets, 'ada has a password', 'ada has another', 'wrong password', password]) {
    assert.ok(!kept.includes(secret), 'not in the database');
    assert.ok(!JSON.stringify(entries).includes(secret), 'not in the audit log');
    assert.ok(!JSON.stringify(logged).includes(secret), 'not in the log');
  }
});
