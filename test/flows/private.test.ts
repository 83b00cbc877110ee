// Promise: a repository that is not public is not shown to anybody without a right to it: not by the API, its
// lists and search, not by /v2, and never as something other than what is not there.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Home, RepositoryList, SearchResult } from '../../src/entry/http/contract.ts';
import { debianImage } from '../world/image.ts';
import { bootProduct, type ProductWorld } from '../world/product.ts';

let world: ProductWorld;
const secret = debianImage(['hush-hush 1.0-1', 'openssl 3.0.11-1']);
const open = debianImage(['bash 5.2-1']);

before(async () => {
  world = await bootProduct();
  await world.refresh();
  await world.push('secret/app', '1', secret);
  await world.push('open/app', '1', open);
  await world.untilScanned('secret/app', '1');
  await world.untilScanned('open/app', '1');
  world.rows(`update repository set is_public = 0 where name = 'secret/app'`);
});
after(() => world[Symbol.asyncDispose]());

test('every address of it answers as if it were not there', async () => {
  const name = '/api/v1/repositories/secret/app';
  const image = `${name}/-/images/1`;
  const missing = await world.problem('/api/v1/repositories/secret/none', 404);
  for (const path of [
    name,
    `${name}/-/tags`,
    image,
    `${name}/-/images/${secret.digest}`,
    `${image}/findings`,
    `${image}/packages`,
    `${image}/sbom`,
    `${image}/signatures`,
  ]) {
    const problem = await world.problem(path, 404);
    assert.equal(problem.code, missing.code, path);
    assert.equal(problem.detail, missing.detail.replace('secret/none', 'secret/app'), path);
  }
});

test('its digest is not served through a public repository either', async () => {
  const problem = await world.problem(`/api/v1/repositories/open/app/-/images/${secret.digest}`, 404);
  assert.equal(problem.code, 'hub.image_missing');
});

test('home, lists and search leave it out, the sums too', async () => {
  const home = await world.get<Home>('/api/v1/home');
  assert.deepEqual(
    home.newest.map(({ repository }) => repository),
    ['open/app'],
  );
  assert.deepEqual(home.totals, { repositories: 1, images: 1, packages: 1, judgedPackages: 1 });
  const { repositories } = await world.get<RepositoryList>('/api/v1/repositories');
  assert.deepEqual(
    repositories.map(({ name }) => name),
    ['open/app'],
  );
  for (const q of ['secret', 'hush', 'CVE-2026-0101'])
    assert.deepEqual(await world.get<SearchResult>(`/api/v1/search?q=${q}`), {
      repositories: [],
      packages: [],
      vulnerabilities: [],
    });
});

test('/v2 gives nothing of it without a token, nor for an anonymous one', async () => {
  const bearer = await world.token('repository:secret/app:pull', true);
  for (const headers of [{}, { authorization: `Bearer ${bearer}` }]) {
    for (const path of [
      `manifests/1`,
      `manifests/${secret.digest}`,
      `blobs/${secret.layers[1]}`,
      'tags/list',
      `referrers/${secret.digest}`,
    ]) {
      const refused = await world.send('GET', `/v2/secret/app/${path}`, { headers });
      assert.equal(refused.status, 401, path);
      assert.match(refused.headers.get('www-authenticate') ?? '', /^Bearer realm=/, path);
      assert.match(await refused.text(), /"code":"UNAUTHORIZED"/, path);
    }
  }
  const catalog = await (await world.send('GET', '/v2/_catalog')).text();
  assert.doesNotMatch(catalog, /secret/);
  const mount = await world.send(
    'POST',
    `/v2/open/app/blobs/uploads/?mount=${secret.layers[1]}&from=secret/app`,
    { headers: { authorization: `Bearer ${await world.token('repository:open/app:pull,push')}` } },
  );
  assert.equal(mount.status, 202, 'a token for one repository mounts nothing out of another');
});

test('the administrator sees it everywhere', async () => {
  const asAdmin = { isAdmin: true };
  const home = await world.get<Home>('/api/v1/home', asAdmin);
  assert.equal(home.newest.length, 2);
  assert.deepEqual(home.totals, { repositories: 2, images: 2, packages: 3, judgedPackages: 3 });
  const { packages } = await world.get<SearchResult>('/api/v1/search?q=hush', asAdmin);
  assert.equal(packages[0]?.image.repository, 'secret/app');
  await world.get('/api/v1/repositories/secret/app', asAdmin);
  const headers = { authorization: `Bearer ${await world.token('repository:secret/app:pull')}` };
  assert.equal((await world.send('GET', '/v2/secret/app/manifests/1', { headers })).status, 200);
});
