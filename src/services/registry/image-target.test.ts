import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { digestOf } from '../../formats/oci/digest.ts';
import { mediaTypes } from '../../formats/oci/media-type.ts';
import { registryErrors } from './errors.ts';
import { createStoredImageSource } from './image-source.ts';
import { createStoredImageTarget } from './image-target.ts';
import { grant, imageManifest, openRegistry } from './registry.fixture.ts';

const blobOf = (text: string) => ({
  mediaType: mediaTypes.ociLayer,
  digest: digestOf(text),
  sizeBytes: Buffer.byteLength(text),
});
const open = (text: string) => async () => Readable.from([Buffer.from(text)], { objectMode: false });

test('stored target: what is written is what the source of the own store gives back', async () => {
  await using registry = await openRegistry();
  const { stores, uploads, manifests } = registry;
  const target = createStoredImageTarget({ ...stores, uploads, manifests }, grant('push', 'own/a'), 'latest');
  for (const text of ['{}', 'layer']) {
    assert.equal(await target.hasBlob(blobOf(text)), false);
    await target.putBlob(blobOf(text), open(text));
    assert.equal(await target.hasBlob(blobOf(text)), true);
  }
  const bytes = imageManifest({ layers: ['layer'] });
  const descriptor = {
    mediaType: mediaTypes.ociManifest,
    digest: digestOf(bytes),
    sizeBytes: bytes.byteLength,
  };
  await target.putManifest({ descriptor, bytes }, true);
  await target.finish();
  const source = createStoredImageSource(stores, 'own/a', { tag: 'latest' });
  assert.deepEqual(Buffer.from((await source.root()).bytes), Buffer.from(bytes));
  assert.equal((await (await source.blob(blobOf('layer'))).toArray()).join(''), 'layer');
});

test('stored target: bytes of another digest or length leave nothing, not even an upload', async () => {
  await using registry = await openRegistry();
  const { stores, uploads, manifests } = registry;
  const target = createStoredImageTarget({ ...stores, uploads, manifests }, grant('push', 'own/a'), 'latest');
  await assert.rejects(target.putBlob(blobOf('layer'), open('loyer')), {
    code: registryErrors.digest_invalid.code,
  });
  await assert.rejects(target.putBlob(blobOf('layer'), open('lay')), {
    code: registryErrors.size_invalid.code,
  });
  assert.equal(await target.hasBlob(blobOf('layer')), false);
  assert.deepEqual(await stores.database.query.selectFrom('upload').select('id').execute(), []);
});
