import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Digest, digestOf } from '../../formats/oci/digest.ts';
import { mediaTypes } from '../../formats/oci/media-type.ts';
import { grant, imageManifest, openRegistry, type RegistryFixture } from './registry.fixture.ts';

const pull = grant('pull', 'app/web');
const subjectDigest = digestOf('the subject');
const subject = { mediaType: mediaTypes.ociManifest, digest: subjectDigest, size: 11 };

async function refer(registry: RegistryFixture, more: object): Promise<Digest> {
  await registry.pushBlob('app/web', '{}');
  const bytes = imageManifest({ subject, ...more });
  const { digest } = await registry.manifests.put(
    grant('push', 'app/web'),
    { digest: digestOf(bytes) },
    mediaTypes.ociManifest,
    bytes,
  );
  return digest;
}

test('nothing refers to what nobody knows, in a repository that is not there either', async () => {
  await using registry = await openRegistry();
  assert.deepEqual(await registry.referrers.list(pull, subjectDigest, { limit: 9 }), []);
  await registry.pushImage('app/web', 'latest', []);
  assert.deepEqual(await registry.referrers.list(pull, subjectDigest, { limit: 9 }), []);
});

test('descriptors carry the type, the size and all annotations', async () => {
  await using registry = await openRegistry();
  const annotations = { 'org.example.note': 'signed', __proto__x: 'y' };
  const digest = await refer(registry, { artifactType: 'application/vnd.example.signature', annotations });
  assert.deepEqual(await registry.referrers.list(pull, subjectDigest, { limit: 9 }), [
    {
      mediaType: mediaTypes.ociManifest,
      digest,
      sizeBytes: (await registry.manifests.stat(pull, { digest })).sizeBytes,
      artifactType: 'application/vnd.example.signature',
      annotations,
    },
  ]);
});

test('an image without an artifact type counts as its config’s type, an index without one has none', async () => {
  await using registry = await openRegistry();
  await refer(registry, {});
  const index = Buffer.from(
    JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: [], subject }),
  );
  await registry.manifests.put(
    grant('push', 'app/web'),
    { digest: digestOf(index) },
    mediaTypes.ociIndex,
    index,
  );
  const found = await registry.referrers.list(pull, subjectDigest, { limit: 9 });
  const types = new Map(found.map((descriptor) => [descriptor.mediaType, descriptor.artifactType]));
  assert.equal(types.get(mediaTypes.ociManifest), mediaTypes.ociConfig);
  assert.equal(types.has(mediaTypes.ociIndex), true);
  assert.equal(types.get(mediaTypes.ociIndex), undefined);
});

test('a filter by type, and pages that neither repeat nor lose one', async () => {
  await using registry = await openRegistry();
  const digests: Digest[] = [];
  for (let number = 0; number < 7; number += 1)
    digests.push(
      await refer(registry, {
        artifactType: number % 2 === 0 ? 'application/even' : 'application/odd',
        annotations: { number: String(number) },
      }),
    );
  const paged: Digest[] = [];
  for (let after: Digest | undefined; ; after = paged.at(-1)) {
    const page = await registry.referrers.list(pull, subjectDigest, {
      limit: 3,
      ...(after === undefined ? {} : { after }),
    });
    if (page.length === 0) break;
    paged.push(...page.map((descriptor) => descriptor.digest));
  }
  assert.deepEqual(paged, [...digests].sort());
  const odd = await registry.referrers.list(pull, subjectDigest, {
    limit: 9,
    artifactType: 'application/odd',
  });
  assert.equal(odd.length, 3);
  await registry.manifests.delete(grant('delete', 'app/web'), digests[1] as Digest);
  assert.equal((await registry.referrers.list(pull, subjectDigest, { limit: 9 })).length, 6);
  assert.deepEqual(
    await registry.referrers.list(grant('pull', 'app/other'), subjectDigest, { limit: 9 }),
    [],
  );
});
