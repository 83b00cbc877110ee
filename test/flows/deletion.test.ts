// Promise: what was deleted is gone from pages, lists, sums and search, while the same image elsewhere stays
// as it was, and is not looked into again.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Home, SearchResult } from '../../src/entry/http/contract.ts';
import { debianImage } from '../world/image.ts';
import { bootProduct, type ProductWorld, until } from '../world/product.ts';

let world: ProductWorld;
const made = debianImage(['openssl 3.0.11-1']);

before(async () => {
  world = await bootProduct();
  await world.refresh();
  for (const repository of ['one/app', 'two/app']) {
    await world.push(repository, '1', made);
    await world.untilScanned(repository, '1');
  }
});
after(() => world[Symbol.asyncDispose]());

test('an image in two repositories is looked into once', async () => {
  assert.equal(world.rows(`select id from job where kind = 'scan'`).length, 1);
  assert.equal((await world.get<Home>('/api/v1/home')).totals.images, 1);
});

test('deleted in one, it stays in the other', async () => {
  await remove('one/app', made.digest);
  const missing = await world.problem('/api/v1/repositories/one/app/-/images/1', 404);
  assert.equal(missing.code, 'hub.image_missing');
  assert.equal((await world.detail('two/app', '1')).report?.totals.findings, 1);
  assert.deepEqual(await imagesWith('openssl'), ['two/app']);
  assert.equal((await world.get<Home>('/api/v1/home')).totals.images, 1);
});

test('deleted in both, nothing of it is left to be found', async () => {
  await remove('two/app', made.digest);
  await until(
    async () => (world.rows('select digest from scan').length === 0 ? true : undefined),
    'the end of the scan’s rows',
  );
  for (const table of ['scan_package', 'scan_component', 'scan_finding'])
    assert.deepEqual(world.rows(`select * from ${table}`), [], table);
  assert.deepEqual(await imagesWith('openssl'), []);
  const { totals, newest } = await world.get<Home>('/api/v1/home');
  assert.deepEqual(totals, { repositories: 0, images: 0, packages: 0, judgedPackages: 0 });
  assert.deepEqual(newest, []);
});

test('pushed again, it is looked into again', async () => {
  await world.push('two/app', '2', made);
  const detail = await world.untilScanned('two/app', '2');
  assert.equal(detail.report?.totals.findings, 1);
});

test('a tag that is deleted takes no image along', async () => {
  await remove('two/app', '2');
  assert.equal(
    (await world.problem('/api/v1/repositories/two/app/-/images/2', 404)).code,
    'hub.image_missing',
  );
  const detail = await world.detail('two/app', made.digest);
  assert.equal(detail.report?.totals.findings, 1);
  assert.equal(detail.tag, undefined);
  assert.deepEqual(detail.otherTags, []);
});

async function remove(repository: string, reference: string): Promise<void> {
  const headers = { authorization: `Bearer ${await world.token(`repository:${repository}:delete`)}` };
  const answer = await world.send('DELETE', `/v2/${repository}/manifests/${reference}`, { headers });
  assert.equal(answer.status, 202, await answer.text());
}

async function imagesWith(name: string): Promise<readonly string[]> {
  const { packages } = await world.get<SearchResult>(`/api/v1/search?q=${name}`);
  return packages.map(({ image }) => image.repository);
}
