import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatDescriptor } from '../../formats/oci/descriptor.ts';
import { mediaTypes } from '../../formats/oci/media-type.ts';
import { addBlob, addImage, addManifest } from '../../io/images/fixture-image.ts';
import { createMemoryPlace } from '../../io/images/memory.ts';
import type { RawManifest } from '../../io/images/source.ts';
import { limits } from '../../kit/limits.ts';
import { listRunnableImages } from './runnable-images.ts';

const linux = { os: 'linux', architecture: 'amd64' };

function makePlace() {
  const memory = createMemoryPlace();
  const image = addImage(memory, []);
  memory.tags.set('app', image.descriptor.digest);
  const index = (...children: readonly (readonly [RawManifest, object])[]): RawManifest =>
    addManifest(memory, {
      mediaType: mediaTypes.ociIndex,
      manifests: children.map(([{ descriptor }, more]) => ({ ...formatDescriptor(descriptor), ...more })),
    });
  const list = async (root: RawManifest) => {
    const unknowns: { where: string; why: string }[] = [];
    const found = await listRunnableImages({ place: memory.source('app'), unknowns }, root);
    return { found, whys: unknowns.map(({ why }) => why) };
  };
  return { memory, image, index, list };
}

test('runnable images: a type that an index gives an image does not hide it', async () => {
  const { memory, image, index, list } = makePlace();
  const note = addManifest(memory, {
    mediaType: mediaTypes.ociManifest,
    artifactType: 'text/plain',
    config: formatDescriptor(addBlob(memory, Buffer.from('{}'), mediaTypes.ociEmpty)),
    layers: [],
  });
  const { digest } = image.descriptor;
  const artifactType = 'text/plain';
  for (const more of [{}, { platform: linux }, { platform: linux, artifactType }, { artifactType }])
    assert.deepEqual(await list(index([image, more])), { found: [digest], whys: [] }, JSON.stringify(more));
  const unknown = { platform: { os: 'unknown', architecture: 'unknown' } };
  assert.deepEqual(await list(index([image, unknown], [note, { artifactType }])), { found: [], whys: [] });
});

test('runnable images: what lies too deep, is of no known type, or is one too many is told', async () => {
  const { image, index, list } = makePlace();
  const nest = (depth: number): RawManifest =>
    depth === 0 ? index([image, { platform: linux }]) : index([nest(depth - 1), {}]);
  assert.deepEqual(await list(nest(2)), { found: [image.descriptor.digest], whys: [] });
  const deep = await list(nest(3));
  assert.deepEqual([deep.found, deep.whys.length], [[], 1]);
  assert.match(deep.whys[0] ?? '', /deeper in it than is read/);
  const strange = await list(index([image, { mediaType: 'application/x', platform: linux }]));
  assert.match(strange.whys[0] ?? '', /is application\/x, and whether a machine runs that is not known/);
  const many = Array.from({ length: limits.indexImages + 1 }, (_, at) => {
    const digest = `sha256:${String(at).padStart(64, '0')}`;
    return [image, { digest, platform: linux }] as const;
  });
  const most = await list(index(...many));
  assert.equal(most.found.length, limits.indexImages);
  assert.match(most.whys[0] ?? '', /no more are read/);
});
