// distribution docs/content/spec/auth: the challenge, the token endpoint, and what a token allows.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { admin, bootRegistry, digestFor, pushBlob, type RegistryWorld } from '../world/registry.ts';

const repository = 'repo/one';
const uploads = `/v2/${repository}/blobs/uploads/`;
let world: RegistryWorld;

before(async () => {
  world = await bootRegistry();
});
after(() => world[Symbol.asyncDispose]());

function basic(name: string, password: string): Record<string, string> {
  return { authorization: `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}` };
}

async function tokenFor(
  query: string,
  headers: Record<string, string> = {},
): Promise<Record<string, string>> {
  const answer = await world.send('GET', `/token?service=plimsoll${query}`, { headers, isAnonymous: true });
  assert.equal(answer.status, 200, answer.text);
  return { authorization: `Bearer ${answer.json().token}` };
}

function accessOf(headers: Record<string, string>): unknown {
  const claims = headers.authorization?.split('.')[1] as string;
  return JSON.parse(Buffer.from(claims, 'base64url').toString()).access;
}

test('end-1 without credentials: 401 with realm and service of this very host; with any token: 200', async () => {
  const refused = await world.send('GET', '/v2/', { isAnonymous: true });
  assert.deepEqual([refused.status, refused.code], [401, 'UNAUTHORIZED']);
  const realm = `${world.server.url}/token`;
  assert.equal(refused.headers.get('www-authenticate'), `Bearer realm="${realm}",service="plimsoll"`);
  assert.equal(refused.headers.get('docker-distribution-api-version'), 'registry/2.0');
  for (const headers of [await tokenFor(''), basic(admin.name, admin.password)])
    assert.equal((await world.send('GET', '/v2/', { headers })).status, 200);
});

test('a push without credentials: 401 that names the scope', async () => {
  const { status, headers } = await world.send('POST', uploads, { isAnonymous: true });
  assert.equal(status, 401);
  assert.ok(headers.get('www-authenticate')?.includes(`scope="repository:${repository}:pull,push"`));
  const deletion = await world.send('DELETE', `/v2/${repository}/manifests/x`, { isAnonymous: true });
  assert.ok(deletion.headers.get('www-authenticate')?.includes(`scope="repository:${repository}:delete"`));
});

test('GET /token: both names of the token, its life of at least 60 s, when it was issued, not cached', async () => {
  const answer = await world.send('GET', `/token?scope=repository:${repository}:pull,push`, {
    headers: basic(admin.name, admin.password),
  });
  const body = answer.json();
  assert.equal(body.token, body.access_token);
  assert.ok(body.expires_in >= 60);
  assert.ok(Math.abs(Date.parse(body.issued_at) - Date.now()) < 60_000);
  assert.equal(answer.headers.get('cache-control'), 'no-store');
});

test('several scopes, and less than asked is no error', async () => {
  const query = '&scope=repository:repo/one:pull,push&scope=repository:repo/two:pull%20registry:catalog:*';
  assert.deepEqual(accessOf(await tokenFor(query)), [
    { type: 'repository', name: 'repo/one', actions: ['pull'] },
    { type: 'repository', name: 'repo/two', actions: ['pull'] },
  ]);
  assert.deepEqual(accessOf(await tokenFor(query, basic(admin.name, admin.password))), [
    { type: 'repository', name: 'repo/one', actions: ['pull', 'push'] },
    { type: 'repository', name: 'repo/two', actions: ['pull'] },
    { type: 'registry', name: 'catalog', actions: ['*'] },
  ]);
});

test('a wrong password, an unknown name, a header that is none: 401, never an anonymous token', async () => {
  for (const headers of [
    basic('admin', 'wrong password'),
    basic('eve', 'wrong password'),
    { authorization: 'x' },
  ]) {
    const token = await world.send('GET', '/token', { headers });
    assert.deepEqual([token.status, token.code], [401, 'UNAUTHORIZED']);
    assert.equal((await world.send('GET', '/v2/', { headers })).status, 401);
  }
});

test('POST /token with a form (docker and containerd): grant_type=password', async () => {
  const post = (form: Record<string, string>) =>
    world.send('POST', '/token', {
      body: new URLSearchParams(form).toString(),
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      isAnonymous: true,
    });
  const login = { grant_type: 'password', service: 'plimsoll', client_id: 'test', username: admin.name };
  const scope = 'repository:repo/one:pull,push repository:repo/two:pull';
  const given = await post({ ...login, password: admin.password, scope });
  assert.equal(given.status, 200);
  const headers = { authorization: `Bearer ${given.json().access_token}` };
  assert.equal((accessOf(headers) as unknown[]).length, 2);
  assert.equal((await world.send('POST', uploads, { headers })).status, 202);
  assert.equal((await post({ ...login, password: 'wrong password' })).status, 401);
  assert.equal((await post({ grant_type: 'refresh_token', refresh_token: 'x' })).status, 401);
  assert.equal((await post({ grant_type: 'password' })).status, 400);
  assert.equal((await post({ a: 'x'.repeat(70_000) })).status, 413);
});

test('a token with less than is needed: 401 insufficient_scope; a broken one: 401 invalid_token', async () => {
  const narrow = await tokenFor(`&scope=repository:${repository}:pull`, basic(admin.name, admin.password));
  const refused = await world.send('POST', uploads, { headers: narrow });
  assert.equal(refused.status, 401);
  assert.ok(refused.headers.get('www-authenticate')?.includes('error="insufficient_scope"'));
  const broken = await world.send('GET', `/v2/${repository}/tags/list`, {
    headers: { authorization: 'Bearer x' },
  });
  assert.equal(broken.status, 401);
  assert.ok(broken.headers.get('www-authenticate')?.includes('error="invalid_token"'));
});

test('a token for one repository opens no other', async () => {
  const headers = await tokenFor(
    `&scope=repository:${repository}:pull,push`,
    basic(admin.name, admin.password),
  );
  assert.equal((await world.send('POST', uploads, { headers })).status, 202);
  assert.equal((await world.send('POST', '/v2/repo/two/blobs/uploads/', { headers })).status, 401);
});

test('a private repository is there for its administrator alone', async () => {
  const { digest } = await pushBlob(world, 'repo/two', 'secret');
  await world.database.query
    .updateTable('repository')
    .set({ is_public: 0 })
    .where('name', '=', 'repo/two')
    .execute();
  const path = `/v2/repo/two/blobs/${digest}`;
  assert.equal((await world.send('GET', path, { isAnonymous: true })).status, 401);
  assert.equal(
    (await world.send('GET', path, { headers: await tokenFor('&scope=repository:repo/two:pull') })).status,
    401,
  );
  assert.equal((await world.send('GET', path)).status, 200);
  // Nor is it told by a mount that the blob is there.
  const headers = await tokenFor(`&scope=repository:${repository}:push`, basic(admin.name, admin.password));
  const mounted = await world.send('POST', `${uploads}?mount=${digest}&from=repo/two`, { headers });
  assert.equal(mounted.status, 202);
});

test('an account that may not push: 403 DENIED, with any token; an unknown address: 404', async () => {
  await world.accounts.create({ name: 'guest', password: 'just looking', isAdmin: false });
  const own = basic('guest', 'just looking');
  for (const headers of [own, await tokenFor(`&scope=repository:${repository}:pull,push`, own)]) {
    const answer = await world.send('POST', uploads, { headers });
    assert.deepEqual([answer.status, answer.code], [403, 'DENIED']);
  }
  assert.equal((await world.send('GET', '/v2/x')).status, 404);
});

test('a scope that breaks the grammar: 400', async () => {
  assert.equal((await world.send('GET', '/token?scope=nonsense', { isAnonymous: true })).status, 400);
});

test('a failure of the product itself: 500 with a number to look up, and no word of the reason', async () => {
  const errors: unknown[] = [];
  const log = { debug() {}, notice() {}, warn() {}, error: (...line: unknown[]) => void errors.push(line) };
  await using broken = await bootRegistry({ log });
  await broken.database.query.schema.dropTable('repository_blob').execute();
  const answer = await broken.send('GET', `/v2/${repository}/blobs/${digestFor('x')}`);
  assert.equal(answer.status, 500);
  const [, id] = /request ([0-9a-f-]{36})/.exec(answer.text) ?? [];
  assert.ok(id);
  assert.doesNotMatch(answer.text, /repository_blob|SQL|at /);
  assert.equal(errors.length, 1);
  assert.ok(JSON.stringify(errors[0]).includes(id));
});
