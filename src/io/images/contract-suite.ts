// What every place for images must do, as source and as target. An adapter's test calls `imagePlaceContract`
// with a way to open an empty place of its own; the suite fills it by `copyImage` and reads it back.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { digestOf } from '../../formats/oci/digest.ts';
import { collectBytes } from '../../kit/bytes.ts';
import { isPlimsollError } from '../../kit/error.ts';
import { copyImage } from './copy.ts';
import { imageErrors } from './errors.ts';
import { addImage, addIndex, addOldSignature, addReferrer, formatLayer } from './fixture-image.ts';
import { createMemoryPlace, type MemoryPlace } from './memory.ts';
import { chooseImage } from './platform-choice.ts';
import type { ImageSource, ImageTarget } from './source.ts';

export interface ImagePlace extends AsyncDisposable {
  target(tag: string): Promise<ImageTarget>;
  source(tag: string): Promise<ImageSource>;
}

export interface PlaceTraits {
  /** False where the place keeps one image of one platform and its own manifest (docker-archive). */
  readonly keepsManifests: boolean;
}

export function imagePlaceContract(name: string, open: () => Promise<ImagePlace>, traits: PlaceTraits): void {
  describe(`${name} as a place for images`, () => {
    const layers = [
      formatLayer([{ path: 'etc/' }, { path: 'etc/one', body: 'one' }]),
      formatLayer([{ path: 'etc/two', body: 'two' }]),
    ];

    async function fill(place: ImagePlace, memory: MemoryPlace, referrers = true): Promise<void> {
      await using target = await place.target('v1');
      await using source = memory.source('v1');
      await copyImage(source, target, { referrers });
    }

    it('gives back the image that was put, layer bytes and configuration', async () => {
      const memory = createMemoryPlace();
      memory.tags.set('v1', addImage(memory, layers, { compression: 'plain' }).descriptor.digest);
      await using place = await open();
      await fill(place, memory);
      await using source = await place.source('v1');
      const { manifest, config } = await chooseImage(source);
      assert.deepEqual(
        config.diffIds,
        layers.map((tar) => digestOf(tar)),
      );
      for (const [position, layer] of manifest.layers.entries()) {
        const bytes = await collectBytes(await source.blob(layer), 1e6, imageErrors.damaged);
        assert.deepEqual(Buffer.from(bytes), Buffer.from(layers[position] as Uint8Array));
        const tail = await collectBytes(await source.blob(layer, 1000), 1e6, imageErrors.damaged);
        assert.deepEqual(Buffer.from(tail), Buffer.from(layers[position] as Uint8Array).subarray(1000));
      }
    });

    it('refuses a blob whose bytes are not those of its digest, and does not have it afterwards', async () => {
      await using place = await open();
      await using target = await place.target('v1');
      const memory = createMemoryPlace();
      const right = Buffer.from('right');
      const descriptor = { mediaType: 'text/plain', digest: digestOf(right), sizeBytes: 5 };
      memory.blobs.set(descriptor.digest, Buffer.from('wrong'));
      await assert.rejects(
        target.putBlob(descriptor, () => memory.source('v1').blob(descriptor)),
        (error) => isPlimsollError(error),
      );
      if (traits.keepsManifests) assert.equal(await target.hasBlob(descriptor), false);
    });

    it('says what is missing for an image that is not there', async () => {
      const memory = createMemoryPlace();
      memory.tags.set('v1', addImage(memory, layers).descriptor.digest);
      await using place = await open();
      await fill(place, memory);
      await assert.rejects(
        async () => {
          await using source = await place.source('other');
          await source.root();
        },
        (error) => isPlimsollError(error, { kind: 'missing' }),
      );
    });

    if (!traits.keepsManifests) return;

    it('keeps an index with all children, and referrers, byte for byte', async () => {
      const memory = createMemoryPlace();
      const index = addIndex(memory, [
        ['linux/amd64', addImage(memory, layers)],
        ['linux/arm64', addImage(memory, layers.slice(1), { architecture: 'arm64' })],
      ]);
      const referrer = addReferrer(memory, index, 'signed');
      addReferrer(memory, referrer, 'signed again');
      memory.tags.set('v1', index.descriptor.digest);
      await using place = await open();
      await fill(place, memory);
      const back = createMemoryPlace();
      await using source = await place.source('v1');
      await using target = back.target('v1');
      await copyImage(source, target, { referrers: true });
      assert.deepEqual(back.tags, memory.tags);
      assert.deepEqual([...back.manifests.keys()].sort(), [...memory.manifests.keys()].sort());
      assert.deepEqual([...back.blobs.keys()].sort(), [...memory.blobs.keys()].sort());
      const [found] = await source.referrers(index.descriptor.digest);
      assert.equal(found?.artifactType, 'application/vnd.example.note');
      assert.equal(found?.annotations?.note, 'signed');
    });

    it('keeps signatures from before referrers, which hang on an image by the name of their tag', async () => {
      const memory = createMemoryPlace();
      const image = addImage(memory, layers);
      const old = addOldSignature(memory, image, 1);
      memory.tags.set('v1', image.descriptor.digest);
      memory.tags.set(old.tag, old.raw.descriptor.digest);
      await using place = await open();
      await fill(place, memory);
      await using source = await place.source('v1');
      assert.deepEqual((await source.readTag?.(old.tag))?.bytes.length, old.raw.bytes.length);
      assert.equal(await source.readTag?.(`${old.tag}-not`), undefined);
      const back = createMemoryPlace();
      await using target = back.target('v1');
      await copyImage(source, target, { referrers: true });
      assert.deepEqual(back.tags, memory.tags);
      assert.deepEqual([...back.blobs.keys()].sort(), [...memory.blobs.keys()].sort());
      const without = createMemoryPlace();
      await copyImage(source, without.target('v1'), { referrers: false });
      assert.deepEqual([...without.tags.keys()], ['v1']);
    });
  });
}
