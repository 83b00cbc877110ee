import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { mediaTypes } from '../../formats/oci/media-type.ts';
import { grant, imageManifest, openRegistry, type RegistryFixture } from '../registry/registry.fixture.ts';
import { anonymous, type Principal } from './access.ts';
import { createSearch, type Search } from './search.ts';

const admin: Principal = { kind: 'account', id: '1', name: 'admin', isAdmin: true };
let registry: RegistryFixture;
let search: Search;

before(async () => {
  registry = await openRegistry();
  const { query } = registry.stores.database;
  search = createSearch(registry.stores);
  for (let at = 0; at < 25; at += 1) {
    registry.stores.clock.time += 1_000;
    const digest = await registry.pushImage(`fleet/ship-${at}`, 'latest', [`layer ${at}`]);
    await query
      .insertInto('scan_component')
      .values({ digest, type: 'deb', name: 'openssl', version: `${at}` })
      .execute();
    await query
      .insertInto('scan_finding')
      .values({ digest, id: `CVE-2026-${1000 + at}`, severity: 'low' })
      .execute();
  }
  await registry.pushImage('odd/under_score', 'latest', ['odd']);
  await registry.pushImage('odd/underxscore', 'latest', ['odd too']);
});
after(() => registry[Symbol.asyncDispose]());

const names = (hits: readonly { readonly image: { readonly repository: string } }[]) =>
  hits.map(({ image }) => image.repository);

test('one screen of each kind, the newest first', async () => {
  const { repositories, packages } = await search.find(anonymous, 'ship');
  assert.equal(repositories.length, 20);
  assert.equal(repositories[0]?.name, 'fleet/ship-24');
  assert.deepEqual(packages, []);
  const hits = (await search.find(anonymous, 'openssl')).packages;
  assert.equal(hits.length, 20);
  assert.deepEqual([names(hits)[0], hits[0]?.why], ['fleet/ship-24', 'openssl 24']);
});

test('a name is looked for from its beginning, a vulnerability in any case', async () => {
  assert.deepEqual((await search.find(anonymous, 'ssl')).packages, []);
  assert.deepEqual(names((await search.find(anonymous, 'cve-2026-1007')).vulnerabilities), ['fleet/ship-7']);
  assert.equal((await search.find(anonymous, 'CVE-2026-100')).vulnerabilities.length, 10);
});

test('wildcards of the database are letters like others', async () => {
  const found = async (text: string) =>
    (await search.find(anonymous, text)).repositories.map(({ name }) => name);
  assert.deepEqual(await found('under_'), ['odd/under_score']);
  assert.deepEqual(await found('%'), []);
  assert.deepEqual(await found('\\'), []);
  assert.deepEqual(await found("'"), []);
});

test('one character finds repositories alone, none finds nothing', async () => {
  const { repositories, packages, vulnerabilities } = await search.find(anonymous, 'o');
  assert.deepEqual([repositories.length, packages, vulnerabilities], [2, [], []]);
  assert.deepEqual(await search.find(anonymous, ' \t '), {
    repositories: [],
    packages: [],
    vulnerabilities: [],
  });
});

test('an image in an index leads to the index’s tag; without a tag it leads nowhere', async () => {
  const put = (tag: string, bytes: Uint8Array, type: string) =>
    registry.manifests.put(grant('push', 'fleet/many'), { tag }, type, bytes);
  for (const content of ['{}', 'inner']) await registry.pushBlob('fleet/many', content);
  const child = imageManifest({ layers: ['inner'] });
  const { digest } = await put('old', child, mediaTypes.ociManifest);
  const manifests = [{ mediaType: mediaTypes.ociManifest, digest, size: child.byteLength }];
  const body = { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests };
  const parent = await put('many', Buffer.from(JSON.stringify(body)), mediaTypes.ociIndex);
  await registry.tags.delete(grant('delete', 'fleet/many'), 'old');
  const row = { digest, type: 'npm', name: 'left-pad', version: '1.0.0' };
  await registry.stores.database.query.insertInto('scan_component').values(row).execute();
  const tagged = async () =>
    (await search.find(anonymous, 'left-pad')).packages.map(({ image, why }) => [
      image.tag,
      image.digest,
      why,
    ]);
  assert.deepEqual(await tagged(), [['many', parent.digest, 'left-pad 1.0.0']]);
  await registry.tags.delete(grant('delete', 'fleet/many'), 'many');
  assert.deepEqual(await tagged(), []);
});

test('what is not public is found by an administrator alone, and not by a token that is narrower', async () => {
  const { query } = registry.stores.database;
  await query.updateTable('repository').set({ is_public: 0 }).where('name', '=', 'fleet/ship-3').execute();
  const find = async (viewer: Principal) => {
    const { repositories } = await search.find(viewer, 'ship-3');
    const { vulnerabilities } = await search.find(viewer, 'CVE-2026-1003');
    return [repositories.length, vulnerabilities.length];
  };
  assert.deepEqual(await find(anonymous), [0, 0]);
  assert.deepEqual(await find({ ...admin, isAdmin: false }), [0, 0]);
  assert.deepEqual(await find({ ...admin, scopes: [] }), [0, 0]);
  assert.deepEqual(await find(admin), [1, 1]);
});
