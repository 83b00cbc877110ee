import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Descriptor } from '../../formats/oci/descriptor.ts';
import { digestOf } from '../../formats/oci/digest.ts';
import { mediaTypes } from '../../formats/oci/media-type.ts';
import { imageErrors } from '../../io/images/errors.ts';
import { collectBytes } from '../../kit/bytes.ts';
import { registryErrors } from './errors.ts';
import { createStoredImageSource } from './image-source.ts';
import { grant, imageManifest, openRegistry } from './registry.fixture.ts';

const layer: Descriptor = { mediaType: mediaTypes.ociLayer, digest: digestOf('layer'), sizeBytes: 5 };

test('an image of the own store opens like any other', async () => {
  await using registry = await openRegistry();
  const digest = await registry.pushImage('app/web', 'latest', ['layer']);
  await using source = createStoredImageSource(registry.stores, 'app/web', { tag: 'latest' });
  assert.equal(source.name, 'app/web:latest');
  const root = await source.root();
  assert.equal(root.descriptor.digest, digest);
  assert.equal(Buffer.compare(root.bytes, imageManifest({ layers: ['layer'] })), 0);
  assert.deepEqual(await source.manifest({ digest, mediaType: mediaTypes.ociManifest }), root);
  const read = async (offsetBytes?: number): Promise<string> => {
    const stream = await source.blob(layer, offsetBytes);
    return Buffer.from(await collectBytes(stream, 100, registryErrors.blob_too_large)).toString();
  };
  assert.equal(await read(), 'layer');
  assert.equal(await read(3), 'er');
  assert.equal(await read(5), '');
});

test('its referrers are those of its repository', async () => {
  await using registry = await openRegistry();
  const digest = await registry.pushImage('app/web', 'latest', []);
  const subject = { mediaType: mediaTypes.ociManifest, digest, size: 1 };
  const bytes = imageManifest({ subject, artifactType: 'application/vnd.example' });
  await registry.manifests.put(grant('push', 'app/web'), { tag: 'sig' }, mediaTypes.ociManifest, bytes);
  await using source = createStoredImageSource(registry.stores, 'app/web', { digest });
  assert.equal(source.name, `app/web@${digest}`);
  assert.deepEqual(
    (await source.referrers(digest)).map((descriptor) => descriptor.artifactType),
    ['application/vnd.example'],
  );
  await using absent = createStoredImageSource(registry.stores, 'app/absent', { digest });
  assert.deepEqual(await absent.referrers(digest), []);
});

test('what the repository does not hold is missing', async () => {
  await using registry = await openRegistry();
  await registry.pushImage('app/web', 'latest', ['layer']);
  await using source = createStoredImageSource(registry.stores, 'app/other', { tag: 'latest' });
  const missing = { code: imageErrors.missing.code };
  await assert.rejects(source.root(), missing);
  await assert.rejects(source.manifest({ digest: digestOf('x'), mediaType: 'any' }), missing);
  await assert.rejects(source.blob(layer), missing);
});
