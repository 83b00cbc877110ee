// distribution-spec "Referrers Tag Schema": what clients without the referrers API ask for is what the API says.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  type Answer,
  bootRegistry,
  digestFor,
  makeImage,
  ociIndex,
  ociManifest,
  pushManifest,
  type RegistryWorld,
} from '../world/registry.ts';

const repository = 'repo/one';
const manifests = `/v2/${repository}/manifests`;
let world: RegistryWorld;
let number = 0;

before(async () => {
  world = await bootRegistry();
});
after(() => world[Symbol.asyncDispose]());

async function pushSubject() {
  number += 1;
  const { bytes, digest } = await makeImage(world, repository, { annotations: { number: `${number}` } });
  await pushManifest(world, repository, digest, bytes);
  const descriptor = { mediaType: ociManifest, digest, size: bytes.length };
  return { descriptor, tag: digest.replace(':', '-'), list: `/v2/${repository}/referrers/${digest}` };
}

async function refer(
  subject: { descriptor: object },
  name: string,
  subjectMember: object = subject.descriptor,
) {
  const annotations = { name, number: `${number}` };
  const made = await makeImage(world, repository, { subject: subjectMember, annotations });
  await pushManifest(world, repository, made.digest, made.bytes);
  return { mediaType: ociManifest, digest: made.digest, size: made.bytes.length };
}

const digestsOf = (answer: Answer): string[] =>
  answer.json().manifests.map(({ digest }: { digest: string }) => digest);

test('fallback tag: 404 where nothing refers; then the very list of the API, and no tag in the list', async () => {
  const subject = await pushSubject();
  assert.equal((await world.send('GET', `${manifests}/${subject.tag}`)).code, 'MANIFEST_UNKNOWN');
  await refer(subject, 'one');
  await refer(subject, 'two');
  const byTag = await world.send('GET', `${manifests}/${subject.tag}`);
  assert.equal(byTag.status, 200, byTag.text);
  assert.equal(byTag.headers.get('content-type'), ociIndex);
  const { bytes } = await world.send('GET', subject.list);
  assert.deepEqual(JSON.parse(byTag.text), JSON.parse(Buffer.from(bytes).toString()));
  const digest = digestFor(byTag.bytes);
  assert.equal(byTag.headers.get('docker-content-digest'), digest);

  const head = await world.send('HEAD', `${manifests}/${subject.tag}`);
  assert.deepEqual(
    [head.status, head.headers.get('docker-content-digest'), head.headers.get('content-length')],
    [200, digest, String(byTag.bytes.length)],
  );
  assert.equal((await world.send('GET', `${manifests}/${digest}`)).text, byTag.text, 'by the digest too');
  assert.equal((await world.send('GET', `/v2/repo/two/manifests/${digest}`)).status, 404);
  const tags = (await world.send('GET', `/v2/${repository}/tags/list`)).json().tags ?? [];
  assert.ok(!tags.includes(subject.tag));
});

test('fallback tag: what is deleted is gone from it, and with the last the tag', async () => {
  const subject = await pushSubject();
  const [one, two] = [await refer(subject, 'one'), await refer(subject, 'two')];
  await world.send('DELETE', `${manifests}/${one.digest}`);
  assert.deepEqual(digestsOf(await world.send('GET', `${manifests}/${subject.tag}`)), [two.digest]);
  await world.send('DELETE', `${manifests}/${two.digest}`);
  assert.equal((await world.send('GET', `${manifests}/${subject.tag}`)).status, 404);
});

test('fallback tag: one that a client pushed is served as it is while it is right, and mended once it is not', async () => {
  const subject = await pushSubject();
  const one = await refer(subject, 'one');
  const { bytes: listed } = await world.send('GET', subject.list);
  const mine = JSON.stringify({
    schemaVersion: 2,
    mediaType: ociIndex,
    manifests: JSON.parse(Buffer.from(listed).toString()).manifests,
    annotations: { a: 'b' },
  });
  await pushManifest(world, repository, subject.tag, mine, ociIndex);
  assert.equal((await world.send('GET', `${manifests}/${subject.tag}`)).text, mine);
  const two = await refer(subject, 'two');
  const both = [one.digest, two.digest].sort();
  assert.deepEqual(digestsOf(await world.send('GET', `${manifests}/${subject.tag}`)).sort(), both);
  assert.deepEqual(digestsOf(await world.send('GET', subject.list)).sort(), both);
  await world.send('DELETE', `${manifests}/${one.digest}`);
  await world.send('DELETE', `${manifests}/${two.digest}`);
  assert.deepEqual(digestsOf(await world.send('GET', `${manifests}/${subject.tag}`)), []);
});

test('fallback tag: one that cosign 3.1.1 pushed, without kind and annotations, is mended at once', async () => {
  const subject = await pushSubject();
  const one = await refer(subject, 'one');
  const ours = JSON.parse(Buffer.from((await world.send('GET', subject.list)).bytes).toString());
  const wrongs = [
    { ...one, artifactType: 'application/vnd.oci.empty.v1+json', annotations: undefined },
    { ...ours.manifests[0], annotations: { what: 'something else' } },
    { ...ours.manifests[0], artifactType: undefined },
  ];
  for (const wrong of wrongs) {
    const pushed = JSON.stringify({ schemaVersion: 2, mediaType: ociIndex, manifests: [wrong] });
    await pushManifest(world, repository, subject.tag, pushed, ociIndex);
    const served = await world.send('GET', `${manifests}/${subject.tag}`);
    assert.deepEqual(JSON.parse(served.text), ours);
  }
});

test('fallback tag: of SHA-512 the first 64 characters', async () => {
  const hex = '0123456789abcdef'.repeat(8);
  const subject = { descriptor: { mediaType: ociManifest, digest: `sha512:${hex}`, size: 7 } };
  number += 1;
  const one = await refer(subject, 'one');
  const answer = await world.send('GET', `${manifests}/sha512-${hex.slice(0, 64)}`);
  assert.deepEqual(digestsOf(answer), [one.digest]);
});
