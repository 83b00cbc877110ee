// distribution-spec: pushing, pulling and deleting manifests and tags.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  bootRegistry,
  digestFor,
  makeImage,
  ociIndex,
  ociManifest,
  pushBlob,
  pushManifest,
  type RegistryWorld,
} from '../world/registry.ts';

const repository = 'repo/one';
const manifests = `/v2/${repository}/manifests`;
const accept = ociManifest;
let world: RegistryWorld;

before(async () => {
  world = await bootRegistry();
});
after(() => world[Symbol.asyncDispose]());

test('end-7a PUT by tag: 201, Location, digest; the exact bytes come back with their type', async () => {
  const { bytes: compact } = await makeImage(world, repository);
  const bytes = `${JSON.stringify(JSON.parse(compact), null, 3)}\n`;
  const digest = digestFor(bytes);
  const put = await pushManifest(world, repository, 'exact', bytes, `${ociManifest}; charset=utf-8`);
  assert.equal(put.status, 201, put.text);
  assert.equal(put.headers.get('location'), `${manifests}/${digest}`);
  assert.equal(put.headers.get('docker-content-digest'), digest);
  for (const reference of ['exact', digest]) {
    const got = await world.send('GET', `${manifests}/${reference}`, { isAnonymous: true });
    assert.deepEqual([got.status, got.text], [200, bytes]);
    assert.equal(got.headers.get('content-type'), ociManifest);
    assert.equal(got.headers.get('docker-content-digest'), digest);
    assert.equal(got.headers.get('content-length'), String(bytes.length));
    const head = await world.send('HEAD', `${manifests}/${reference}`);
    assert.deepEqual([head.status, head.text], [200, '']);
    for (const name of ['content-type', 'docker-content-digest', 'content-length'])
      assert.equal(head.headers.get(name), got.headers.get(name), name);
  }
});

test('end-7a PUT by digest, sha256 and sha512; a digest of other bytes: 400 DIGEST_INVALID', async () => {
  const { bytes } = await makeImage(world, repository, { annotations: { by: 'digest' } });
  for (const algorithm of ['sha256', 'sha512']) {
    const digest = digestFor(bytes, algorithm);
    const put = await pushManifest(world, repository, digest, bytes);
    assert.deepEqual([put.status, put.headers.get('docker-content-digest')], [201, digest], put.text);
    assert.equal((await world.send('GET', `${manifests}/${digest}`)).text, bytes);
  }
  const wrong = await pushManifest(world, repository, digestFor('other'), bytes);
  assert.deepEqual([wrong.status, wrong.code], [400, 'DIGEST_INVALID']);
  const bad = await pushManifest(world, repository, 'sha256:baddigest', bytes);
  assert.deepEqual([bad.status, bad.code], [400, 'DIGEST_INVALID']);
  assert.ok([400, 404].includes((await world.send('GET', `${manifests}/sha256:baddigest`)).status));
});

test('end-7b PUT by digest with ten tags: OCI-Tag names them, all are there; too many: 414', async () => {
  const { bytes, digest } = await makeImage(world, repository, { annotations: { many: 'tags' } });
  const tags = Array.from({ length: 10 }, (_, at) => `many-${at}`);
  const put = await pushManifest(
    world,
    repository,
    `${digest}?${tags.map((tag) => `tag=${tag}`).join('&')}`,
    bytes,
  );
  assert.equal(put.status, 201, put.text);
  assert.deepEqual((put.headers.get('oci-tag') ?? '').split(', '), tags);
  for (const tag of tags)
    assert.equal(
      (await world.send('HEAD', `${manifests}/${tag}`)).headers.get('docker-content-digest'),
      digest,
    );
  const query = Array.from({ length: 101 }, (_, at) => `tag=t${at}`).join('&');
  assert.equal((await pushManifest(world, repository, `${digest}?${query}`, bytes)).status, 414);
  assert.equal((await pushManifest(world, repository, `${digest}?tag=-bad`, bytes)).status, 400);
  assert.equal((await pushManifest(world, repository, 'a-tag?tag=other', bytes)).status, 400);
});

test('end-7a a sparse image is taken byte for byte; a warning says what lacks, and that stays unreadable', async () => {
  const config = {
    mediaType: 'application/vnd.oci.image.config.v1+json',
    digest: digestFor('not there'),
    size: 9,
  };
  const bytes = JSON.stringify({ schemaVersion: 2, mediaType: ociManifest, config, layers: [] });
  const put = await pushManifest(world, repository, 'sparse', bytes);
  assert.equal(put.status, 201);
  // "Warnings": code 299, agent `-`, no date.
  assert.match(put.headers.get('warning') ?? '', /^299 - "[^"]*does not hold 1 blob[^"]*"$/);
  const got = await world.send('GET', `${manifests}/sparse`);
  assert.deepEqual([got.status, got.text], [200, bytes]);
  assert.equal((await world.send('GET', `/v2/${repository}/blobs/${config.digest}`)).status, 404);
});

test('end-7a what is no manifest: 400 MANIFEST_INVALID', async () => {
  const other = JSON.stringify({ schemaVersion: 2, mediaType: ociIndex, manifests: [] });
  for (const [bytes, type] of [
    ['', ociManifest],
    ['{', ociManifest],
    ['[]', ociManifest],
    ['{"schemaVersion":1}', ociManifest],
    ['{"schemaVersion":2}', 'text/plain'],
    [other, ociManifest],
  ] as const) {
    const put = await pushManifest(world, repository, 'invalid', bytes, type);
    assert.deepEqual([put.status, put.code], [400, 'MANIFEST_INVALID'], bytes);
  }
});

test('end-7a over 4 MiB: 413, by its declared length and by its bytes; exactly 4 MiB is taken', async () => {
  const { bytes } = await makeImage(world, repository);
  const most = 4 * 1024 * 1024;
  const padded = bytes.padEnd(most, ' ');
  assert.equal((await pushManifest(world, repository, 'most', padded)).status, 201);
  const declared = await pushManifest(world, repository, 'more', `${padded} `);
  assert.deepEqual([declared.status, declared.code], [413, 'SIZE_INVALID']);
  const endless = ReadableStream.from(
    (function* () {
      for (let sent = 0; sent <= most; sent += 65_536) yield Buffer.alloc(65_536, ' ');
    })(),
  ) as ReadableStream<Uint8Array>;
  const headers = { 'content-type': ociManifest };
  const streamed = await world.send('PUT', `${manifests}/more`, { body: endless, headers });
  assert.equal(streamed.status, 413);
});

test('end-3 Accept: a type that is not named is not there; nothing is converted; silence means anything', async () => {
  const { bytes } = await makeImage(world, repository, { annotations: { accept: 'x' } });
  await pushManifest(world, repository, 'accept', bytes);
  const get = async (headers: Record<string, string>): Promise<number> =>
    (await world.send('GET', `${manifests}/accept`, { headers })).status;
  assert.equal(await get({ accept }), 200);
  assert.equal(await get({ accept: `${ociIndex}, ${ociManifest};q=0.5` }), 200);
  assert.equal(await get({ accept: '*/*' }), 200);
  assert.equal(await get({ accept: 'application/json' }), 200);
  assert.equal(await get({ accept: 'application/vnd.docker.distribution.manifest.v2+json' }), 404);
});

test('end-3 what is not there: 404 MANIFEST_UNKNOWN, in a known and in an unknown repository', async () => {
  for (const name of [repository, 'never/pushed']) {
    const got = await world.send('GET', `/v2/${name}/manifests/absent`, { isAnonymous: true });
    assert.equal(got.status, 404);
    assert.ok(['MANIFEST_UNKNOWN', 'NAME_UNKNOWN'].includes(got.code ?? ''), got.text);
    assert.equal((await world.send('HEAD', `/v2/${name}/manifests/${digestFor('absent')}`)).status, 404);
  }
});

test('names and tags that break the grammar: 400 NAME_INVALID, MANIFEST_INVALID', async () => {
  for (const name of ['Upper/case', 'a//b', '-a', 'a'.repeat(256)])
    assert.equal((await world.send('GET', `/v2/${name}/manifests/x`)).code, 'NAME_INVALID', name);
  for (const tag of ['-x', '.x', 'x'.repeat(129)])
    assert.equal((await world.send('PUT', `${manifests}/${tag}`, { body: '{}' })).status, 400, tag);
});

test('an index of two images, and Docker schema 2 beside OCI', async () => {
  const { bytes, digest } = await makeImage(world, repository);
  await pushManifest(world, repository, digest, bytes);
  const child = { mediaType: ociManifest, digest, size: bytes.length };
  const index = JSON.stringify({ schemaVersion: 2, mediaType: ociIndex, manifests: [child] });
  assert.equal((await pushManifest(world, repository, 'index', index, ociIndex)).status, 201);
  assert.equal((await world.send('GET', `${manifests}/index`)).headers.get('content-type'), ociIndex);

  const docker = 'application/vnd.docker.distribution.manifest.v2+json';
  const config = await pushBlob(world, repository, '{}', 'application/vnd.docker.container.image.v1+json');
  const image = JSON.stringify({ schemaVersion: 2, mediaType: docker, config, layers: [] });
  assert.equal((await pushManifest(world, repository, 'docker', image, docker)).status, 201);
  assert.equal((await world.send('GET', `${manifests}/docker`)).headers.get('content-type'), docker);
});

test('end-7a with a subject, there or not: OCI-Subject', async () => {
  const subject = { mediaType: ociManifest, digest: digestFor('no such subject'), size: 15 };
  const { bytes, digest } = await makeImage(world, repository, { subject });
  const put = await pushManifest(world, repository, digest, bytes);
  assert.deepEqual([put.status, put.headers.get('oci-subject')], [201, subject.digest]);
});

test('end-9 DELETE of a tag: 202, the tag alone is gone; by digest: all tags too', async () => {
  const { bytes, digest } = await makeImage(world, repository, { annotations: { to: 'delete' } });
  for (const tag of ['gone-1', 'gone-2', 'gone-3']) await pushManifest(world, repository, tag, bytes);
  assert.equal((await world.send('DELETE', `${manifests}/gone-1`)).status, 202);
  assert.equal((await world.send('GET', `${manifests}/gone-1`)).status, 404);
  assert.equal((await world.send('GET', `${manifests}/gone-2`)).status, 200);
  assert.equal((await world.send('DELETE', `${manifests}/${digest}`)).status, 202);
  for (const reference of ['gone-2', 'gone-3', digest])
    assert.equal((await world.send('GET', `${manifests}/${reference}`)).status, 404, reference);
  for (const reference of ['gone-1', digest])
    assert.equal((await world.send('DELETE', `${manifests}/${reference}`)).status, 404, reference);
});
