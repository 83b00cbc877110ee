import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isPlimsollError } from '../../kit/error.ts';
import { parseConfig } from './config.ts';
import { formatDescriptor } from './descriptor.ts';
import { digestOf } from './digest.ts';
import { parseManifest } from './manifest.ts';
import { mediaTypes } from './media-type.ts';

const digest = digestOf('x');
const descriptor = { mediaType: mediaTypes.ociLayerGzip, digest, size: 1 };
const image = {
  schemaVersion: 2,
  mediaType: mediaTypes.ociManifest,
  config: { ...descriptor, mediaType: mediaTypes.ociConfig },
  layers: [descriptor],
};
const bytes = (value: unknown): Uint8Array =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));
const refuses = (value: unknown, declared: string | undefined, code = 'oci.manifest_invalid'): void =>
  assert.throws(
    () => parseManifest(bytes(value), declared),
    (error) => isPlimsollError(error, { code }),
    JSON.stringify(value),
  );

test('an image manifest, with its subject, annotations and artifact type', () => {
  const parsed = parseManifest(
    bytes({ ...image, subject: descriptor, annotations: { a: 'b' }, artifactType: 'x/y' }),
    mediaTypes.ociManifest,
  );
  assert.equal(parsed.kind, 'image');
  assert.equal(parsed.subject?.digest, digest);
  assert.deepEqual(parsed.annotations, { a: 'b' });
  assert.equal(parsed.artifactType, 'x/y');
  assert.deepEqual(parsed.kind === 'image' && formatDescriptor(parsed.layers[0] as never), descriptor);
});

test('an index, with platforms; null lists of older clients are empty', () => {
  const parsed = parseManifest(
    bytes({
      schemaVersion: 2,
      manifests: [{ ...descriptor, platform: { os: 'linux', architecture: 'arm', variant: 'v7' } }],
    }),
    mediaTypes.ociIndex,
  );
  assert.ok(parsed.kind === 'index');
  assert.deepEqual(parsed.manifests[0]?.platform, { os: 'linux', architecture: 'arm', variant: 'v7' });
  const empty = parseManifest(bytes({ ...image, layers: null }), mediaTypes.ociManifest);
  assert.ok(empty.kind === 'image' && empty.layers.length === 0);
});

test('a document that two clients could read differently is refused', () => {
  refuses({ ...image, manifests: [] }, mediaTypes.ociManifest);
  refuses(image, mediaTypes.ociIndex);
  refuses({ ...image, mediaType: undefined }, undefined);
});

test('what is not a manifest is refused', () => {
  refuses('not json', mediaTypes.ociManifest);
  refuses([], mediaTypes.ociManifest);
  refuses({ ...image, schemaVersion: 1 }, mediaTypes.ociManifest);
  refuses({ ...image, layers: 'x' }, mediaTypes.ociManifest);
  refuses({ ...image, layers: [{ ...descriptor, size: -1 }] }, mediaTypes.ociManifest);
  refuses({ ...image, layers: [{ ...descriptor, digest: 'sha256:x' }] }, mediaTypes.ociManifest);
  refuses({ ...image, config: undefined }, mediaTypes.ociManifest);
  refuses({ ...image, annotations: { a: 1 } }, mediaTypes.ociManifest);
  refuses(
    { schemaVersion: 1, mediaType: 'application/vnd.docker.distribution.manifest.v1+json' },
    undefined,
    'oci.manifest_unsupported',
  );
});

test('a configuration: user, history, diff ids; junk members are left out, junk documents refused', () => {
  const config = parseConfig(
    bytes({
      os: 'linux',
      architecture: 'amd64',
      config: { User: '1000', Env: ['A=b', 7], ExposedPorts: { '80/tcp': {} }, Labels: { a: 'b', c: 1 } },
      rootfs: { type: 'layers', diff_ids: [digest, 'junk'] },
      history: [{ created_by: 'RUN x', empty_layer: true }, 'junk'],
    }),
  );
  assert.equal(config.user, '1000');
  assert.deepEqual(config.env, ['A=b']);
  assert.deepEqual(config.exposedPorts, ['80/tcp']);
  assert.deepEqual(config.labels, { a: 'b' });
  assert.deepEqual(config.diffIds, [digest]);
  assert.deepEqual(config.history, [{ createdBy: 'RUN x', emptyLayer: true }]);
  assert.throws(
    () => parseConfig(bytes('[]')),
    (error) => isPlimsollError(error, { code: 'oci.manifest_invalid' }),
  );
});

test('any JSON either parses or is refused with a code', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.constantFrom(...Object.values(mediaTypes)), (value, mediaType) => {
      for (const candidate of [value, { ...image, ...(value as object) }])
        try {
          parseManifest(bytes(candidate), mediaType);
        } catch (error) {
          assert.ok(isPlimsollError(error), String(error));
        }
    }),
  );
});
