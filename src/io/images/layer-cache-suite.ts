// What every layer cache must do; each adapter's test runs it.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { LayerCache } from './layer-cache.ts';

/** Registers the contract's tests for one adapter; `create` makes an empty cache and cleans up after `t`. */
export function testLayerCache(
  adapter: string,
  create: (t: TestContext, limitBytes: number) => Promise<LayerCache>,
): void {
  const check = (name: string, limitBytes: number, work: (cache: LayerCache) => Promise<void>) =>
    test(`${adapter}: ${name}`, async (t) => work(await create(t, limitBytes)));
  const text = async (cache: LayerCache, key: string): Promise<string | undefined> => {
    const bytes = await cache.read(key);
    return bytes === undefined ? undefined : Buffer.from(bytes).toString();
  };

  check('gives back what was written last, and nothing for what never was', 10_000, async (cache) => {
    assert.equal(await cache.read(keyOf('a')), undefined);
    await cache.write(keyOf('a'), Buffer.from('one'));
    await cache.write(keyOf('b'), Buffer.from(''));
    assert.deepEqual([await text(cache, keyOf('a')), await text(cache, keyOf('b'))], ['one', '']);
    await cache.write(keyOf('a'), Buffer.from('two'));
    assert.equal(await text(cache, keyOf('a')), 'two');
  });

  check('keeps its own copy', 10_000, async (cache) => {
    const bytes = Buffer.from('one');
    await cache.write(keyOf('a'), bytes);
    bytes.fill(0);
    (await cache.read(keyOf('a')))?.fill(0);
    assert.equal(await text(cache, keyOf('a')), 'one');
  });

  check('forgets what was used longest ago when there is no room', 4_000, async (cache) => {
    const kilobyte = Buffer.alloc(1_000, 'x');
    for (const name of ['a', 'b', 'c']) await cache.write(keyOf(name), kilobyte);
    await cache.read(keyOf('a'));
    await cache.write(keyOf('d'), kilobyte);
    await cache.write(keyOf('e'), Buffer.alloc(900, 'x'));
    const left = await Promise.all(
      ['a', 'b', 'c', 'd', 'e'].map(async (name) => ((await cache.read(keyOf(name))) ? name : '')),
    );
    assert.equal(left[1], '', 'the one that nobody asked for since');
    assert.deepEqual([left[0], left[4]], ['a', 'e']);
  });

  check('does not take what is larger than all its room', 1_000, async (cache) => {
    await cache.write(keyOf('a'), Buffer.from('kept'));
    await cache.write(keyOf('b'), Buffer.alloc(1_001));
    assert.deepEqual([await text(cache, keyOf('a')), await text(cache, keyOf('b'))], ['kept', undefined]);
  });

  check('many at once', 1_000_000, async (cache) => {
    const names = Array.from({ length: 40 }, (_, i) => String(i % 10));
    await Promise.all(names.map((name) => cache.write(keyOf(name), Buffer.from(`body of ${name}`))));
    const read = await Promise.all(names.map((name) => text(cache, keyOf(name))));
    assert.deepEqual(
      read,
      names.map((name) => `body of ${name}`),
    );
  });
}

/** A key for a name: 64 hex digits. */
export function keyOf(name: string): string {
  return Buffer.from(name).toString('hex').padStart(64, '0');
}
