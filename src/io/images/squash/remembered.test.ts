// A layer that was read once is not read again, and nobody can tell: the view from records is the view from bytes.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import type { Descriptor } from '../../../formats/oci/descriptor.ts';
import { type Digest, digestOf } from '../../../formats/oci/digest.ts';
import { isPlimsollError } from '../../../kit/error.ts';
import { type Limits, limits } from '../../../kit/limits.ts';
import type { FileWish, SquashedView } from '../files.ts';
import { addLayer, type FixtureMember, formatLayer } from '../fixture-image.ts';
import type { LayerCache } from '../layer-cache.ts';
import { createMemoryLayerCache } from '../layer-cache-memory.ts';
import { createMemoryPlace } from '../memory.ts';
import { squashImage } from '../squash.ts';

/** By the first letter: `w` whole, `p` peek and kept where the body begins with E, `l` whole with a low limit. */
const wish: FileWish = {
  name: 'test',
  paths: ['a/x', 'p'],
  wants(path) {
    const name = path.slice(path.lastIndexOf('/') + 1);
    return name.startsWith('w') || name.startsWith('l') ? 'whole' : name.startsWith('p') ? 'peek' : false;
  },
  keeps: (_path, head) => head[0] === 0x45,
  limitBytes: (path) => (path.includes('l') ? 3 : 2_000),
  reduce: (path, bytes) => (path.includes('p') ? bytes.subarray(0, 4) : bytes),
};

const newCache = (generation = 'one'): LayerCache =>
  createMemoryLayerCache({ limitBytes: 100_000_000, generation });

interface Run {
  readonly view: SquashedView;
  readonly opened: readonly Digest[];
}

interface Given {
  readonly cache?: LayerCache;
  readonly wished?: FileWish;
  readonly bounds?: Partial<Limits>;
  readonly onProgress?: (done: number) => void;
}

async function squash(all: readonly (readonly FixtureMember[])[], given: Given = {}): Promise<Run> {
  const { cache, wished = wish, bounds, onProgress } = given;
  const place = createMemoryPlace();
  const tars = all.map(formatLayer);
  const opened: Digest[] = [];
  const view = await squashImage({
    layers: tars.map((tar) => addLayer(place, tar, 'plain')),
    diffIds: tars.map((tar) => digestOf(tar)),
    open: (layer) => {
      opened.push(layer.digest);
      return place.source('x').blob(layer);
    },
    wish: wished,
    ...(cache === undefined ? {} : { cache }),
    limits: { ...limits, ...bounds },
    onProgress: ({ doneBytes }) => onProgress?.(doneBytes),
  });
  return { view, opened };
}

/** As values: a Buffer and a Uint8Array of the same bytes are the same. */
function plain({ links, files, ...rest }: SquashedView) {
  return {
    ...rest,
    links: [...links],
    files: files.map(({ bytes, ...file }) => ({
      ...file,
      bytes: bytes && Buffer.from(bytes).toString('hex'),
    })),
  };
}

const base: readonly FixtureMember[] = [
  { path: 'etc/' },
  { path: 'etc/wanted', body: 'wanted' },
  { path: 'bin/program', body: `ELF${'x'.repeat(1500)}` },
  { path: 'bin/plain', body: 'text' },
  { path: 'bin/wlink', hard: 'bin/program' },
  { path: 'lost', body: '12345' },
  { path: 'other', body: 'nobody wants it' },
  { path: 'w\u00e4\u{1f433}', link: 'etc/wanted' },
];

describe('layers that were read before', () => {
  it('are not opened, and give the same view', async () => {
    const cache = newCache();
    const [without, cold, warm] = [
      await squash([base]),
      await squash([base], { cache }),
      await squash([base], { cache }),
    ];
    assert.deepEqual([cold.opened.length, warm.opened.length], [1, 0]);
    assert.deepEqual(plain(cold.view), plain(without.view));
    assert.deepEqual(plain(warm.view), plain(without.view));
    assert.ok(without.view.files.length > 3 && without.view.unknowns.length > 0);
  });

  it('are known in another image too, with what this one hid', async () => {
    const cache = newCache();
    await squash([base, [{ path: '.wh.bin' }, { path: 'etc/.wh..wh..opq' }, { path: 'lost', body: 'l' }]], {
      cache,
    });
    const { view, opened } = await squash([base, [{ path: 'wnew', body: 'new' }]], { cache });
    assert.equal(opened.length, 1);
    assert.deepEqual(plain(view), plain((await squash([base, [{ path: 'wnew', body: 'new' }]])).view));
    assert.ok(view.files.some(({ path, bytes }) => path === 'etc/wanted' && bytes?.byteLength === 6));
  });

  it('are read where a hard link of an upper layer needs what nobody wanted', async () => {
    const cache = newCache();
    const upper: readonly FixtureMember[] = [{ path: 'wnow', hard: 'other' }];
    await squash([base], { cache });
    const { view, opened } = await squash([base, upper], { cache });
    assert.deepEqual(opened.length, 2);
    assert.deepEqual(plain(view), plain((await squash([base, upper])).view));
    assert.ok(view.files.some(({ path }) => path === 'wnow'));
  });

  it('are recorded whole while a hard link of an upper layer takes the bytes of what it hides', async () => {
    const cache = newCache();
    const upper: readonly FixtureMember[] = [{ path: 'wnow', hard: 'w' }, { path: '.wh.w' }];
    const lower: readonly FixtureMember[] = [{ path: 'w', body: 'bytes' }];
    const { view } = await squash([lower, upper], { cache });
    assert.deepEqual(plain(view), plain((await squash([lower, upper])).view));
    assert.equal(Buffer.from(view.files[0]?.bytes ?? []).toString(), 'bytes');
    const alone = await squash([lower], { cache });
    assert.deepEqual([alone.opened.length, plain(alone.view)], [0, plain((await squash([lower])).view)]);
  });

  it('answer for an entry of a path, not for one of another kind', async () => {
    const cache = newCache();
    const link = [{ path: 'wloop', link: 'wloop' }];
    const folder = [{ path: 'wloop/' }];
    await squash([folder], { cache });
    await squash([link, folder], { cache });
    const { view, opened } = await squash([link], { cache });
    assert.equal(opened.length, 0);
    assert.deepEqual(plain(view), plain((await squash([link])).view));
    assert.match(view.unknowns[0]?.why ?? '', /circle/);
  });

  it('tell their progress at once', async () => {
    const cache = newCache();
    await squash([base], { cache });
    const told: number[] = [];
    await squash([base], { cache, onProgress: (done) => told.push(done) });
    assert.deepEqual(told, [formatLayer(base).byteLength]);
  });

  it('hold the limits of the image that they now stand in', async () => {
    const cache = newCache();
    const upper = [{ path: 'wbig', body: 'x'.repeat(1_990) }];
    const bounds = { wantedFilesBytes: 2_000 };
    await squash([base], { cache, bounds });
    await squash([upper], { cache, bounds });
    const { view, opened } = await squash([base, upper], { cache, bounds });
    assert.equal(opened.length, 0);
    assert.ok(view.unknowns.some(({ why }) => /together pass/.test(why)));
    assert.deepEqual(plain(view), plain((await squash([base, upper], { bounds })).view));
    await squash([base], { cache, bounds: { imageEntries: 8 } });
    await assert.rejects(squash([base, upper], { cache, bounds: { imageEntries: 8 } }), (error) =>
      isPlimsollError(error, { code: 'images.hostile_layer' }),
    );
  });

  it('are other layers under another wish, limit, size, diffID or program, and none without a name', async () => {
    const memory = newCache();
    await squash([base], { cache: memory });
    const other = async (given: Given) => (await squash([base], { cache: memory, ...given })).opened.length;
    assert.equal(await other({}), 0);
    assert.equal(await other({ wished: { ...wish, name: 'another' } }), 1);
    assert.equal(await other({ bounds: { wantedFileBytes: 1 } }), 1);
    assert.equal(await other({ cache: { ...memory, generation: 'two' } }), 1);
    const { name: _, ...nameless } = wish;
    assert.deepEqual([await other({ wished: nameless }), await other({ wished: nameless })], [1, 1]);
  });

  it('are never those whose digest, size or diffID is wrong', async () => {
    const cache = newCache();
    const tar = formatLayer(base);
    const place = createMemoryPlace();
    const sound = addLayer(place, tar);
    const run = (layer: Descriptor, bytes: Uint8Array, diffId = digestOf(tar)) => {
      place.blobs.set(layer.digest, bytes);
      return squashImage({
        layers: [layer],
        diffIds: [diffId],
        open: (one) => place.source('x').blob(one),
        wish,
        cache,
      });
    };
    const bytes = gzipSync(tar);
    const damaged = (error: unknown) => isPlimsollError(error, { code: 'images.damaged' });
    const lying = gzipSync(formatLayer([...base, { path: 'wextra', body: 'x' }]));
    await assert.rejects(run({ ...sound, sizeBytes: lying.byteLength }, lying), damaged);
    await assert.rejects(run(sound, bytes, digestOf('other')), damaged);
    await assert.rejects(run(sound, bytes, digestOf('other')), damaged);
    const { files } = await run(sound, bytes);
    assert.ok(!files.some(({ path }) => path === 'wextra'));
    await assert.rejects(run({ ...sound, sizeBytes: sound.sizeBytes + 1 }, bytes), damaged);
    await assert.rejects(run(sound, bytes, digestOf('other')), damaged);
  });

  it('are read each time where their record would be too large', async () => {
    const cache = newCache();
    const bounds = { layerRecordBytes: 50 };
    await squash([base], { cache, bounds });
    assert.equal((await squash([base], { cache, bounds })).opened.length, 1);
    const large = [{ path: 'wbody', body: 'x'.repeat(100) }];
    await squash([large], { cache, bounds });
    assert.equal((await squash([large], { cache, bounds })).opened.length, 1);
  });

  it('keep every entry of a large layer, in blocks', async () => {
    const cache = newCache();
    const many = Array.from({ length: 5_000 }, (_, i) => ({ path: `d${i % 7}/w${i}`, body: `${i}` }));
    await squash([many], { cache });
    const { view, opened } = await squash([many], { cache });
    assert.deepEqual([opened.length, view.files.length], [0, 5_000]);
    assert.deepEqual(plain(view), plain((await squash([many])).view));
  });

  it('give the same view as their bytes, whatever the layers and whatever was known', async () => {
    const solid = ['w', 'w\u0101', 'p', 'l', 'x', 'a/w', 'a/x'];
    const path = fc.constantFrom(
      ...solid,
      ...solid,
      'a',
      'a/w/p',
      '.wh.w',
      '.wh.a',
      'a/.wh..wh..opq',
      '../q',
    );
    const body = fc.constantFrom('', 'E', 'ELF!', 'text', 'E'.repeat(1_500), 'x'.repeat(2_001));
    const member: fc.Arbitrary<FixtureMember> = fc.oneof(
      { arbitrary: fc.record({ path, body }), weight: 3 },
      { arbitrary: fc.record({ path, hard: path }), weight: 2 },
      fc.record({ path, link: path }),
      path.map((folder) => ({ path: `${folder}/` })),
    );
    const layer = fc.array(member, { maxLength: 8 });
    const bounds = fc.constantFrom<Partial<Limits>>({}, { wantedFilesBytes: 2_003 }, { imageLinks: 1 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(layer, { minLength: 1, maxLength: 4 }),
        fc.array(layer, { maxLength: 2 }),
        bounds,
        async (layers, others, bound) => {
          const cache = newCache();
          const given = { cache, bounds: bound };
          const expected = plain((await squash(layers, { bounds: bound })).view);
          // Known from standing alone, and below other layers that hide some of it.
          for (const one of layers.slice(1)) await squash([one, ...others], given);
          assert.deepEqual(plain((await squash(layers, given)).view), expected);
          const again = await squash(layers, given);
          assert.deepEqual(plain(again.view), expected);
        },
      ),
      { numRuns: 300 },
    );
  });
});
