import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Digest, digestOf } from '../../formats/oci/digest.ts';
import { mediaTypes } from '../../formats/oci/media-type.ts';
import { limits } from '../../kit/limits.ts';
import { createAttached } from './attached.ts';
import { grant, imageManifest, openRegistry, type RegistryFixture } from './registry.fixture.ts';

const pull = grant('pull', 'app/web');
const push = grant('push', 'app/web');
const BUNDLE = 'application/vnd.dev.sigstore.bundle.v0.3+json';

async function put(
  registry: RegistryFixture,
  bytes: Uint8Array,
  options: { readonly tag?: string; readonly mediaType?: string } = {},
): Promise<Digest> {
  const { tag, mediaType = mediaTypes.ociManifest } = options;
  const reference = tag === undefined ? { digest: digestOf(bytes) } : { tag };
  return (await registry.manifests.put(push, reference, mediaType, bytes)).digest;
}

/** A manifest with one layer, under an image where `subject` is given. */
async function carry(
  registry: RegistryFixture,
  layer: { readonly mediaType: string; readonly text: string; readonly size?: number },
  more: { readonly subject?: Digest; readonly tag?: string } = {},
): Promise<Digest> {
  await registry.pushBlob('app/web', '{}');
  const digest = await registry.pushBlob('app/web', layer.text);
  const bytes = imageManifest({
    layers: [],
    ...(more.subject === undefined
      ? {}
      : { subject: { mediaType: mediaTypes.ociManifest, digest: more.subject, size: 1 } }),
  });
  const json = JSON.parse(Buffer.from(bytes).toString());
  json.layers = [{ mediaType: layer.mediaType, digest, size: layer.size ?? layer.text.length }];
  return put(registry, Buffer.from(JSON.stringify(json)), more.tag === undefined ? {} : { tag: more.tag });
}

test('attached: nothing hangs on an image that is alone', async () => {
  await using registry = await openRegistry();
  const image = await registry.pushImage('app/web', 'latest', ['one']);
  const { root, attached, unknowns } = await createAttached(registry.stores).read(pull, image, image);
  assert.equal(digestOf(root.bytes), image);
  assert.deepEqual([attached, unknowns], [[], []]);
});

test('attached: referrers, attestation manifests with their own, and cosign’s older tags, byte for byte', async () => {
  await using registry = await openRegistry();
  const image = await registry.pushImage('app/web', 'one', ['one']);
  const attestation = await carry(registry, { mediaType: 'application/vnd.in-toto+json', text: '{"a":1}' });
  const index = {
    schemaVersion: 2,
    mediaType: mediaTypes.ociIndex,
    manifests: [
      { mediaType: mediaTypes.ociManifest, digest: image, size: 1 },
      {
        mediaType: mediaTypes.ociManifest,
        digest: attestation,
        size: 1,
        annotations: {
          'vnd.docker.reference.type': 'attestation-manifest',
          'vnd.docker.reference.digest': image,
        },
      },
    ],
  };
  const root = await put(registry, Buffer.from(JSON.stringify(index)), {
    tag: 'latest',
    mediaType: mediaTypes.ociIndex,
  });
  const ofRoot = await carry(registry, { mediaType: BUNDLE, text: 'of the index' }, { subject: root });
  const ofImage = await carry(registry, { mediaType: BUNDLE, text: 'of the image' }, { subject: image });
  const ofAttestation = await carry(registry, { mediaType: BUNDLE, text: 'of it' }, { subject: attestation });
  const old = await carry(
    registry,
    { mediaType: 'application/vnd.dev.cosign.simplesigning.v1+json', text: 'simple' },
    { tag: `${root.replace(':', '-')}.sig` },
  );
  const inventory = await carry(
    registry,
    { mediaType: 'application/spdx+json', text: 'spdx' },
    { subject: image },
  );
  const { attached, unknowns } = await createAttached(registry.stores).read(pull, root, image);
  assert.deepEqual(unknowns, []);
  const shown = attached.map(({ via, subject, manifest, blobs }) => [
    via,
    subject,
    manifest.descriptor.digest,
    blobs.map(({ bytes }) => Buffer.from(bytes).toString()).join(),
  ]);
  const ofOne = [
    ['referrer', image, ofImage, 'of the image'],
    // What nobody signed is named, and not read.
    ['referrer', image, inventory, ''],
  ].sort((a, b) => ((a[2] as string) < (b[2] as string) ? -1 : 1));
  assert.deepEqual(shown, [
    ['referrer', root, ofRoot, 'of the index'],
    ...ofOne,
    ['index', image, attestation, '{"a":1}'],
    ['referrer', attestation, ofAttestation, 'of it'],
    ['tag', root, old, 'simple'],
  ]);
});

test('attached: what is too large or not there is an unknown, and the rest is given', async () => {
  await using registry = await openRegistry();
  const image = await registry.pushImage('app/web', 'latest', ['one']);
  const good = await carry(registry, { mediaType: BUNDLE, text: 'good' }, { subject: image });
  const size = limits.pageEvidenceBytes + 1;
  const large = await carry(registry, { mediaType: BUNDLE, text: 'large', size }, { subject: image });
  const { attached, unknowns } = await createAttached(registry.stores).read(pull, image, image);
  const given = attached
    .filter(({ blobs }) => blobs.length > 0)
    .map(({ manifest }) => manifest.descriptor.digest);
  assert.deepEqual(given, [good]);
  assert.ok(attached.some(({ manifest }) => manifest.descriptor.digest === large));
  assert.equal(unknowns.length, 1);
  assert.match(unknowns[0]?.why ?? '', /of the 16777216 that are given at once \d+ were left/);
});

test('attached: more manifests than are given are said to be more', async () => {
  await using registry = await openRegistry();
  const image = await registry.pushImage('app/web', 'latest', ['one']);
  for (let at = 0; at <= limits.imageStatements; at += 1)
    await carry(registry, { mediaType: BUNDLE, text: `one of many, ${at}` }, { subject: image });
  const { attached, unknowns } = await createAttached(registry.stores).read(pull, image, image);
  assert.equal(attached.length, limits.imageStatements);
  assert.match(unknowns[0]?.why ?? '', /more hangs on the image than the 64 manifests/);
});
