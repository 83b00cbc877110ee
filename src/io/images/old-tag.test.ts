// What a copy does with signatures that stand under tags of their own, where somebody else's are there already.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Digest } from '../../formats/oci/digest.ts';
import { copyImage } from './copy.ts';
import { addImage, addOldSignature, formatLayer } from './fixture-image.ts';
import { createMemoryPlace } from './memory.ts';

test('copy: old signatures that are at the target already stay beside those that come', async () => {
  const memory = createMemoryPlace();
  const image = addImage(memory, [formatLayer([{ path: 'a' }])]);
  memory.tags.set('v1', image.descriptor.digest);
  const mine = addOldSignature(memory, image, 1);
  memory.tags.set(mine.tag, mine.raw.descriptor.digest);
  const there = createMemoryPlace();
  const theirs = addOldSignature(there, image, 2);
  there.tags.set(theirs.tag, theirs.raw.descriptor.digest);
  for (const _round of [1, 2]) {
    await copyImage(memory.source('v1'), there.target('v1'), { referrers: true });
    const raw = there.manifests.get(there.tags.get(mine.tag) as Digest);
    const { layers } = JSON.parse(Buffer.from(raw?.bytes ?? []).toString());
    assert.deepEqual(
      layers.map((one: { annotations: object }) => Object.values(one.annotations)[0]),
      ['Ag==', 'AQ=='],
    );
  }
});
