import assert from 'node:assert/strict';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import fc from 'fast-check';
import { systemRandom } from '../../kit/clock.ts';
import type { LayerCache } from './layer-cache.ts';
import { createFolderLayerCache } from './layer-cache-folder.ts';
import { keyOf, testLayerCache } from './layer-cache-suite.ts';

const NOW = Date.parse('2026-03-01T12:00:00Z');

function temporaryFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-layers-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Each call of the clock is a second later. */
function cacheIn(folder: string, limitBytes = 1_000_000): LayerCache {
  let calls = 0;
  const clock = { now: () => NOW + 1000 * calls++ };
  return createFolderLayerCache({ folder, limitBytes, generation: 'test', clock, random: systemRandom });
}

testLayerCache('folder', async (t, limitBytes) =>
  cacheIn(join(temporaryFolder(t), 'cache', 'layers'), limitBytes),
);

const key = keyOf('a');

test('folder: a cut, changed or foreign file, or one under another name, is not there', async (t) => {
  const folder = temporaryFolder(t);
  const cache = cacheIn(folder);
  const body = Buffer.from('what a layer came to');
  await cache.write(key, body);
  const file = join(folder, `${key}.layer`);
  const sound = readFileSync(file);
  const read = async (bytes: Uint8Array): Promise<Uint8Array | undefined> => {
    writeFileSync(file, bytes);
    return cache.read(key);
  };
  for (let length = 0; length < sound.length; length += 1)
    assert.equal(await read(sound.subarray(0, length)), undefined);
  await fc.assert(
    fc.asyncProperty(fc.nat(sound.length - 1), fc.integer({ min: 1, max: 255 }), async (at, flip) => {
      const changed = Buffer.from(sound);
      changed[at] = (changed[at] as number) ^ flip;
      assert.equal(await read(changed), undefined);
    }),
    { numRuns: 100 },
  );
  assert.equal(await read(Buffer.concat([sound, Buffer.from('x')])), undefined);
  assert.deepEqual(await read(sound), body);
  writeFileSync(join(folder, `${keyOf('b')}.layer`), sound);
  assert.equal(await cache.read(keyOf('b')), undefined);
  assert.equal(await cache.read('../../etc/passwd'), undefined);
});

test('folder: another process finds what was written, and files are the user’s alone', async (t) => {
  const folder = join(temporaryFolder(t), 'layers');
  await cacheIn(folder).write(key, Buffer.from('one'));
  assert.deepEqual(await cacheIn(folder).read(key), Buffer.from('one'));
  assert.deepEqual(readdirSync(folder), [`${key}.layer`]);
  if (process.platform === 'win32') return;
  assert.equal(statSync(folder).mode & 0o777, 0o700);
  assert.equal(statSync(join(folder, `${key}.layer`)).mode & 0o777, 0o600);
});

test('folder: one that others may write is not used', {
  skip: process.platform === 'win32' ? 'no modes on Windows' : false,
}, async (t) => {
  const folder = join(temporaryFolder(t), 'layers');
  await cacheIn(folder).write(key, Buffer.from('one'));
  chmodSync(folder, 0o777);
  const cache = cacheIn(folder);
  await cache.write(keyOf('b'), Buffer.from('two'));
  assert.deepEqual([await cache.read(key), readdirSync(folder)], [undefined, [`${key}.layer`]]);
});

test('folder: what a killed process left goes after an hour, what is not ours stays', async (t) => {
  const folder = temporaryFolder(t);
  const stale = `${key}.${systemRandom.uuid()}.tmp`;
  const fresh = `${key}.${systemRandom.uuid()}.tmp`;
  for (const name of [stale, fresh, 'notes.txt']) writeFileSync(join(folder, name), 'x'.repeat(5_000));
  const hourAgo = NOW / 1000 - 3601;
  utimesSync(join(folder, stale), hourAgo, hourAgo);
  utimesSync(join(folder, 'notes.txt'), hourAgo, hourAgo);
  await cacheIn(folder, 1_000).write(key, Buffer.from('one'));
  assert.deepEqual(readdirSync(folder).sort(), [`${key}.layer`, fresh, 'notes.txt'].sort());
});

test('folder: a place that cannot be a folder forgets, and nothing is thrown', async (t) => {
  const folder = temporaryFolder(t);
  writeFileSync(join(folder, 'file'), '');
  mkdirSync(join(folder, 'layers', `${key}.layer`), { recursive: true });
  for (const place of [join(folder, 'file'), join(folder, 'file', 'below'), '/proc/absent/layers']) {
    const cache = cacheIn(place);
    await cache.write(key, Buffer.from('one'));
    assert.equal(await cache.read(key), undefined);
  }
  const blocked = cacheIn(join(folder, 'layers'));
  await blocked.write(key, Buffer.from('one'));
  assert.equal(await blocked.read(key), undefined);
  assert.deepEqual(readdirSync(join(folder, 'layers')), [`${key}.layer`]);
});
