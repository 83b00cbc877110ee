import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { addDebianImage } from '../entry/cli/world.fixture.ts';
import { createMemoryPlace } from '../io/images/memory.ts';
import { systemClock, systemRandom } from '../kit/clock.ts';
import { indexImage } from '../services/hub/inspect.ts';
import { openLayerCache } from './layer-store.ts';
import { digestProgram } from './program-digest.ts';

const folder = mkdtempSync(join(tmpdir(), 'plimsoll-layer-store-'));
after(() => rmSync(folder, { recursive: true }));
const surroundings = { clock: systemClock, random: systemRandom };

test('layer cache: an image that was read needs no layer the second time, and its inventory is the same', async () => {
  const place = createMemoryPlace();
  addDebianImage(place, 'debian');
  const layers = await openLayerCache(join(folder, 'layers'), { cacheLayers: 1_000_000 }, surroundings);
  assert.ok(layers !== undefined);
  const without = await indexImage({ source: place.source('debian') });
  assert.deepEqual(await indexImage({ source: place.source('debian'), layers }), without);
  assert.equal(readdirSync(join(folder, 'layers')).length, 1);
  for (const digest of without.inventory.layers.map((layer) => layer.digest)) place.blobs.delete(digest);
  assert.deepEqual(await indexImage({ source: place.source('debian'), layers }), without);
  assert.equal(without.inventory.packages.length, 2);
});

test('layer cache: no room is no cache', async () => {
  assert.equal(await openLayerCache(join(folder, 'none'), { cacheLayers: 0 }, surroundings), undefined);
  assert.equal(existsSync(join(folder, 'none')), false);
});

test('layer cache: its generation is the program’s own digest, the same each time', async () => {
  const layers = await openLayerCache(folder, { cacheLayers: 1 }, surroundings);
  assert.equal(layers?.generation, await digestProgram());
  assert.match(await digestProgram(), /^[0-9a-f]{64}$/);
});
