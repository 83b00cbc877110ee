// Promise: an image for several platforms is one page with a choice; what is no image to run (BuildKit's
// attestations, signatures) is kept and served, never shown as a platform, and said to be unsupported.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { FindingList, Home, SearchResult, TagList } from '../../src/entry/http/contract.ts';
import { artifact, debianImage, index } from '../world/image.ts';
import { bootProduct, type ProductWorld } from '../world/product.ts';

let world: ProductWorld;
const amd64 = debianImage(['openssl 3.0.11-1']);
const arm64 = debianImage(['openssl 3.0.15-1'], { architecture: 'arm64' });
const multi = index({ 'linux/arm64/v8': arm64, 'linux/amd64': amd64 });

before(async () => {
  world = await bootProduct();
  await world.refresh();
  await world.push('multi/app', 'latest', multi);
  await world.untilScanned('multi/app', 'latest', '?platform=linux/arm64');
  await world.untilScanned('multi/app', 'latest', '?platform=linux/amd64');
});
after(() => world[Symbol.asyncDispose]());

test('the platforms are listed, each with its own verdict; the attestation is not one of them', async () => {
  const detail = await world.detail('multi/app', 'latest');
  assert.equal(detail.digest, multi.digest);
  assert.equal(detail.mediaType, multi.mediaType);
  assert.deepEqual(
    detail.platforms.map(({ platform, digest, scan, summary }) => [
      platform,
      digest,
      scan.state,
      summary?.outcome,
    ]),
    [
      ['linux/arm64', arm64.digest, 'judged', 'pass'],
      ['linux/amd64', amd64.digest, 'judged', 'fail'],
    ],
  );
  assert.equal(detail.imageDigest, amd64.digest, 'linux/amd64 is shown where nothing is asked for');
});

test('?platform= chooses, in the page and in each table, and a platform that is not there is said', async () => {
  const arm = await world.detail('multi/app', 'latest', '?platform=linux/arm64');
  assert.equal(arm.imageDigest, arm64.digest);
  assert.equal(arm.report?.totals.findings, 0);
  assert.equal(
    (await world.detail('multi/app', 'latest', '?platform=linux/arm64/v8')).imageDigest,
    arm64.digest,
  );
  const path = '/api/v1/repositories/multi/app/-/images/latest';
  assert.equal((await world.get<FindingList>(`${path}/findings`)).total, 1);
  assert.equal((await world.get<FindingList>(`${path}/findings?platform=linux/arm64`)).total, 0);
  const missing = await world.problem(`${path}?platform=linux/s390x`, 404);
  assert.equal(missing.code, 'oci.platform_missing');
  assert.equal(missing.detail, 'there is no image for linux/s390x; there are: linux/arm64, linux/amd64');
  assert.equal((await world.problem(`${path}?platform=linux`, 400)).code, 'oci.platform_invalid');
  assert.equal((await world.problem(`${path}?platform=unknown/unknown`, 404)).code, 'oci.platform_missing');
});

test('lists show the index once, by linux/amd64, and search leads to its tag', async () => {
  const { tags } = await world.get<TagList>('/api/v1/repositories/multi/app/-/tags');
  assert.deepEqual(
    tags.map(({ tag, digest, platforms, scan, summary }) => [
      tag,
      digest,
      platforms,
      scan.state,
      summary?.outcome,
    ]),
    [['latest', multi.digest, ['linux/arm64', 'linux/amd64'], 'judged', 'fail']],
  );
  const { packages, vulnerabilities } = await world.get<SearchResult>('/api/v1/search?q=openssl');
  assert.deepEqual(
    packages.map(({ image }) => image.digest),
    [multi.digest],
  );
  assert.deepEqual(vulnerabilities, []);
  assert.equal((await world.get<Home>('/api/v1/home')).totals.images, 2, 'the attestation is not counted');
});

test('an attestation and an artifact with a subject are unsupported, with a sentence, and served as pushed', async () => {
  const note = artifact(amd64);
  await world.push('multi/app', 'note', note);
  const detail = await world.untilScanned('multi/app', 'note');
  assert.equal(detail.scan.state, 'unsupported');
  assert.equal(
    detail.scan.error,
    'it is an artifact of type application/vnd.example.note, not an image to run',
  );
  assert.equal(detail.artifactType, 'application/vnd.example.note');
  assert.equal(detail.report, undefined);
  const path = '/api/v1/repositories/multi/app/-/images/note';
  assert.equal((await world.problem(`${path}/findings`, 404)).code, 'hub.report_pending');

  const attestation = await world.untilScanned('multi/app', multi.attestation);
  assert.equal(attestation.scan.state, 'unsupported');
  assert.match(attestation.scan.error ?? '', /in-toto/);

  const referrers = await world.send('GET', `/v2/multi/app/referrers/${amd64.digest}`);
  const { manifests } = (await referrers.json()) as { manifests: { digest: string }[] };
  assert.deepEqual(
    manifests.map(({ digest }) => digest),
    [note.digest],
  );
  const served = await world.send('GET', `/v2/multi/app/manifests/${multi.attestation}`);
  assert.equal(served.status, 200);
});
