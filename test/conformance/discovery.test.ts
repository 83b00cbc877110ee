// distribution-spec: listing tags and referrers; Docker's catalog.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  bootRegistry,
  digestFor,
  makeImage,
  ociIndex,
  ociManifest,
  pushManifest,
  type RegistryWorld,
} from '../world/registry.ts';

const repository = 'repo/one';
const list = `/v2/${repository}/tags/list`;
const sorted = ['1.0', '1.1', '2', 'A', 'Z', 'a', 'latest'];
let world: RegistryWorld;
let subject: { mediaType: string; digest: string; size: number };

before(async () => {
  world = await bootRegistry();
  const { bytes, digest } = await makeImage(world, repository);
  for (const tag of sorted.toReversed()) await pushManifest(world, repository, tag, bytes);
  subject = { mediaType: ociManifest, digest, size: bytes.length };
});
after(() => world[Symbol.asyncDispose]());

test('end-12a a repository that was never pushed: 200, an empty index, its exact type', async () => {
  const answer = await world.send('GET', `/v2/repo/new/referrers/${digestFor('any')}`, { isAnonymous: true });
  assert.equal(answer.status, 200, answer.text);
  assert.equal(answer.headers.get('content-type'), ociIndex);
  assert.deepEqual(answer.json(), { schemaVersion: 2, mediaType: ociIndex, manifests: [] });
  assert.ok([200, 404].includes((await world.send('GET', '/v2/repo/new/tags/list')).status));
});

test('end-8a all tags in ASCII order', async () => {
  const { status, json, headers } = await world.send('GET', list, { isAnonymous: true });
  assert.equal(status, 200);
  assert.deepEqual(json(), { name: repository, tags: sorted });
  assert.equal(headers.get('link'), null);
});

test('end-8b n and last: pages that follow each other by Link, last not included', async () => {
  const seen: string[] = [];
  let next: string | undefined = `${list}?n=3`;
  for (let page = 0; next !== undefined && page < 10; page += 1) {
    const answer = await world.send('GET', next);
    seen.push(...answer.json().tags);
    next = /^<([^>]+)>; rel="next"$/.exec(answer.headers.get('link') ?? '')?.[1];
  }
  assert.deepEqual(seen, sorted);
  assert.deepEqual((await world.send('GET', `${list}?last=Z`)).json().tags, ['a', 'latest']);
  assert.deepEqual((await world.send('GET', `${list}?n=2&last=1.05`)).json().tags, ['1.1', '2']);
  assert.deepEqual((await world.send('GET', `${list}?last=zzz`)).json().tags, []);
});

test('end-8b n=0: an empty list without Link; n beyond the end: no Link; n that is no number: 400', async () => {
  for (const [n, tags] of [
    [0, []],
    [7, sorted],
    [500, sorted],
  ] as const) {
    const answer = await world.send('GET', `${list}?n=${n}`);
    assert.deepEqual(answer.json().tags, tags);
    assert.equal(answer.headers.get('link'), null);
  }
  for (const n of ['-1', 'x', '1.5', ''])
    assert.equal((await world.send('GET', `${list}?n=${n}`)).status, 400, n);
});

test('end-12 referrers with their artifact type and all annotations; the filter is announced', async () => {
  const annotations = { 'org.example.a': '1', 'org.example.b': '2' };
  const typed = await makeImage(world, repository, {
    subject,
    artifactType: 'application/x.sbom',
    annotations,
  });
  const plain = await makeImage(world, repository, { subject });
  const index = JSON.stringify({ schemaVersion: 2, mediaType: ociIndex, manifests: [], subject });
  await pushManifest(world, repository, typed.digest, typed.bytes);
  await pushManifest(world, repository, plain.digest, plain.bytes);
  await pushManifest(world, repository, digestFor(index), index, ociIndex);

  const all = await world.send('GET', `/v2/${repository}/referrers/${subject.digest}`);
  assert.equal(all.status, 200);
  assert.equal(all.headers.get('content-type'), ociIndex);
  assert.equal(all.headers.get('oci-filters-applied'), null);
  const found = new Map<string, Record<string, unknown>>(
    all.json().manifests.map((one: { digest: string }) => [one.digest, one]),
  );
  assert.deepEqual(found.get(typed.digest), {
    mediaType: ociManifest,
    digest: typed.digest,
    size: typed.bytes.length,
    artifactType: 'application/x.sbom',
    annotations,
  });
  // An image without its own artifact type has its configuration's; an index without has none.
  assert.equal(found.get(plain.digest)?.artifactType, 'application/vnd.oci.image.config.v1+json');
  assert.equal(found.get(digestFor(index))?.artifactType, undefined);
  assert.equal(found.size, 3);

  const query = '?artifactType=application/x.sbom';
  const filtered = await world.send('GET', `/v2/${repository}/referrers/${subject.digest}${query}`);
  assert.equal(filtered.headers.get('oci-filters-applied'), 'artifactType');
  assert.deepEqual(
    filtered.json().manifests.map((one: { digest: string }) => one.digest),
    [typed.digest],
  );
});

test('end-12 a deleted referrer is gone from the list', async () => {
  const doomed = await makeImage(world, repository, { subject, artifactType: 'application/x.doomed' });
  await pushManifest(world, repository, doomed.digest, doomed.bytes);
  const path = `/v2/${repository}/referrers/${subject.digest}?artifactType=application/x.doomed`;
  assert.equal((await world.send('GET', path)).json().manifests.length, 1);
  await world.send('DELETE', `/v2/${repository}/manifests/${doomed.digest}`);
  assert.equal((await world.send('GET', path)).json().manifests.length, 0);
});

test('end-12 a digest that is none: 400', async () => {
  for (const text of ['sha256:x', 'x'])
    assert.equal((await world.send('GET', `/v2/${repository}/referrers/${text}`)).status, 400);
});

test('_catalog: the public repositories in pages', async () => {
  const { bytes } = await makeImage(world, 'repo/two');
  await pushManifest(world, 'repo/two', 'latest', bytes);
  const first = await world.send('GET', '/v2/_catalog?n=1');
  assert.deepEqual(first.json(), { repositories: ['repo/one'] });
  assert.ok(first.headers.get('link')?.includes('/v2/_catalog?n=1&last=repo%2Fone'));
  await world.database.query
    .updateTable('repository')
    .set({ is_public: 0 })
    .where('name', '=', 'repo/one')
    .execute();
  assert.deepEqual((await world.send('GET', '/v2/_catalog')).json(), { repositories: ['repo/two'] });
});
