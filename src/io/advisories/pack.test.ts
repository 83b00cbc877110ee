import assert from 'node:assert/strict';
import { test } from 'node:test';
import { zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { isPlimsollError } from '../../kit/error.ts';
import { limits } from '../../kit/limits.ts';
import { createBlock, formatBlock } from './block.ts';
import { composeEntries, diffBlocks } from './delta.ts';
import { advisoryErrors } from './errors.ts';
import { fingerprintStore } from './fingerprint.ts';
import { createMemoryShelf } from './memory-shelf.ts';
import { formatPack, type PackEntry, type ReadPackOptions, readPack } from './pack.ts';
import { formatFrame, formatKey } from './pack-frame.ts';
import type { AdvisoryBlock, AdvisoryShelf, AdvisoryStore, FeedRow } from './store.ts';
import { type PackBase, takePack, unpackBlocks } from './unpack.ts';

/** `feed scope name` -> id -> body; a feed without rows too. */
type Content = Readonly<Record<string, Readonly<Record<string, string>>>>;

const PACKAGES = ['a s n', 'a s m', 'a t n', 'b s n', 'b s é', 'c t \u{1f600}'];
const content: fc.Arbitrary<Content> = fc.dictionary(
  fc.constantFrom(...PACKAGES),
  fc.dictionary(fc.constantFrom('1', '2', 'ü'), fc.string({ maxLength: 12, unit: 'grapheme' }), {
    minKeys: 1,
  }),
);

async function shelfOf(rows: Content, refreshedAt = 1): Promise<AdvisoryShelf> {
  const shelf = createMemoryShelf();
  await using writer = await shelf.write();
  const keys = Object.keys(rows);
  for (const feed of new Set(keys.map((key) => key.split(' ')[0] as string))) {
    writer.beginFeed(feed);
    for (const key of keys.filter((one) => one.startsWith(`${feed} `))) {
      const [, scope, name] = key.split(' ') as [string, string, string];
      for (const [id, body] of Object.entries(rows[key] ?? {})) writer.add({ feed, scope, name, id, body });
    }
    await writer.endFeed(feedOf(feed, refreshedAt));
  }
  await writer.finish();
  return shelf;
}

function feedOf(feed: string, refreshedAt = 1): FeedRow {
  return { feed, source: 'test', refreshedAt, records: 2, sizeBytes: 3, coverage: 'affected', scopes: ['s'] };
}

async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const list: Uint8Array[] = [];
  for await (const chunk of chunks) list.push(chunk);
  return Buffer.concat(list);
}

async function* entriesOf(store: AdvisoryStore): AsyncGenerator<PackEntry> {
  for (const block of store.blocks()) yield { kind: 'block', block };
}

async function fullPack(shelf: AdvisoryShelf): Promise<Buffer> {
  await using store = await shelf.open();
  return await collect(
    formatPack({ to: await fingerprintStore(store), feeds: store.feeds() }, entriesOf(store)),
  );
}

async function deltaPack(older: AdvisoryShelf, newer: AdvisoryShelf): Promise<Buffer> {
  await using before = await older.open();
  await using after = await newer.open();
  const [from, to] = [await fingerprintStore(before), await fingerprintStore(after)];
  return await collect(
    formatPack({ from, to, feeds: after.feeds() }, diffBlocks(before.blocks(), after.blocks())),
  );
}

/** In pieces, so that frames are cut everywhere. */
async function* pieces(bytes: Uint8Array, size = 7): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.byteLength; at += size) yield bytes.subarray(at, at + size);
}

async function baseOf(shelf: AdvisoryShelf): Promise<PackBase> {
  const store = await shelf.open();
  return { store, fingerprint: await fingerprintStore(store) };
}

async function take(shelf: AdvisoryShelf, bytes: Uint8Array, base?: PackBase, options?: ReadPackOptions) {
  await using pack = await readPack(pieces(bytes), options);
  // Awaited here: the pack is closed when this ends.
  return await takePack(shelf, pack, base);
}

async function printOf(shelf: AdvisoryShelf): Promise<string> {
  await using store = await shelf.open();
  return await fingerprintStore(store);
}

const isDamaged = (error: unknown) => isPlimsollError(error, { code: advisoryErrors.pack_damaged.code });

test('packs: any store comes out of its full pack as it went in', async () => {
  await fc.assert(
    fc.asyncProperty(content, async (rows) => {
      const [from, to] = [await shelfOf(rows), createMemoryShelf()];
      await take(to, await fullPack(from));
      assert.equal(await printOf(to), await printOf(from));
      await using a = await from.open();
      await using b = await to.open();
      assert.deepEqual([b.feeds(), [...b.blocks()]], [a.feeds(), [...a.blocks()]]);
    }),
    { numRuns: 60 },
  );
});

test('deltas: laid over the one store, the delta to another makes it, whatever the two are', async () => {
  await fc.assert(
    fc.asyncProperty(content, content, async (before, after) => {
      const [older, newer] = [await shelfOf(before), await shelfOf(after, 2)];
      await take(older, await deltaPack(older, newer), await baseOf(older));
      assert.equal(await printOf(older), await printOf(newer));
    }),
    { numRuns: 60 },
  );
});

test('deltas: two that follow each other are one', async () => {
  await fc.assert(
    fc.asyncProperty(content, content, content, async (first, second, third) => {
      const [a, b, c] = [await shelfOf(first), await shelfOf(second, 2), await shelfOf(third, 3)];
      await using earlier = await readPack(pieces(await deltaPack(a, b)));
      await using later = await readPack(pieces(await deltaPack(b, c)));
      const from = await printOf(a);
      const joined = await collect(
        formatPack(
          { from, to: later.to, feeds: later.feeds },
          composeEntries(earlier.entries, later.entries),
        ),
      );
      await take(a, joined, await baseOf(a));
      assert.equal(await printOf(a), await printOf(c));
    }),
    { numRuns: 40 },
  );
});

test('deltas: nothing but the feeds’ times costs no block', async () => {
  const [older, newer] = [
    await shelfOf({ 'a s n': { 1: '{}' } }),
    await shelfOf({ 'a s n': { 1: '{}' } }, 2),
  ];
  await using pack = await readPack(pieces(await deltaPack(older, newer)));
  const entries: PackEntry[] = [];
  for await (const entry of pack.entries) entries.push(entry);
  assert.deepEqual(entries, []);
  assert.notEqual(pack.from, pack.to);
});

test('packs: with any byte changed or cut off, the present store stays as it was', async () => {
  const present = await shelfOf({ 'a s n': { 1: 'present' } });
  const before = await printOf(present);
  const newer = await shelfOf(
    { 'a s n': { 1: 'new' }, 'b s n': { 1: 'x'.repeat(300) }, 'a t n': { 2: 'y' } },
    2,
  );
  const packs = [await fullPack(newer), await deltaPack(present, newer)];
  const wanted = await printOf(newer);
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(0, 1),
      fc.nat(),
      fc.integer({ min: 1, max: 255 }),
      fc.boolean(),
      async (which, place, flip, isCut) => {
        const bytes = Buffer.from(packs[which] as Buffer);
        const at = place % bytes.byteLength;
        bytes[at] = (bytes[at] as number) ^ flip;
        const base = which === 1 ? await baseOf(present) : undefined;
        try {
          await take(present, isCut ? bytes.subarray(0, at) : bytes, base);
          // A bit of the frame's head that nobody reads: what came out must be right all the same.
          assert.equal(await printOf(present), wanted);
          const again = await shelfOf({ 'a s n': { 1: 'present' } });
          await take(present, await fullPack(again));
        } catch (error) {
          assert.ok(isDamaged(error), String(error));
        }
        assert.equal(await printOf(present), before);
      },
    ),
    { numRuns: 300 },
  );
});

test('packs: whatever bytes come, there is a coded refusal', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), fc.boolean(), async (bytes, isPacked) => {
      const hostile = isPacked ? zstdCompressSync(bytes) : bytes;
      await assert.rejects(take(createMemoryShelf(), hostile), isDamaged);
    }),
    { numRuns: 200 },
  );
});

/** A pack of any frames. */
function packOf(...frames: readonly Uint8Array[]): Buffer {
  return zstdCompressSync(Buffer.concat(frames));
}

const TO = `sha256:${'0'.repeat(64)}`;

function headOf(more: Readonly<Record<string, unknown>> = {}): Uint8Array {
  const head = { format: 'plimsoll advisories', version: 1, to: TO, feeds: [feedOf('a')], ...more };
  return formatFrame('H', Buffer.from(JSON.stringify(head)));
}

const END = formatFrame('E');
const key = (name: string, feed = 'a') => formatKey({ scope: 's', name, feed });
const rows = (...ids: readonly string[]) => Buffer.from(formatBlock(ids.map((id) => ({ id, body: '{}' }))));
const block = (name: string, feed?: string) => formatFrame('B', key(name, feed), rows('1'));

const hostile: Readonly<Record<string, readonly Uint8Array[]>> = {
  'no head': [block('n'), END],
  'nothing but an end': [END],
  'two heads': [headOf(), headOf(), END],
  'no end': [headOf(), block('n')],
  'more after the end': [headOf(), END, block('n')],
  'another version': [headOf({ version: 2 }), END],
  'another format': [headOf({ format: 'something' }), END],
  'no fingerprint': [headOf({ to: 'sha256:0' }), END],
  'a base that is no fingerprint': [headOf({ from: 1 }), END],
  'feeds that are none': [headOf({ feeds: 'all' }), END],
  'a feed twice': [headOf({ feeds: [feedOf('a'), feedOf('a')] }), END],
  'a feed that is malformed': [headOf({ feeds: [{ ...feedOf('a'), refreshedAt: -1 }] }), END],
  'a feed that is no row': [headOf({ feeds: [null] }), END],
  'a time that no date can say': [headOf({ feeds: [feedOf('a', 9e15)] }), END],
  'a block twice': [headOf(), block('n'), block('n'), END],
  'blocks out of order': [headOf(), block('n'), block('m'), END],
  'rows out of order': [headOf(), formatFrame('B', key('n'), rows('2', '1')), END],
  'a row twice': [headOf(), formatFrame('B', key('n'), rows('1', '1')), END],
  'no rows': [headOf(), formatFrame('B', key('n')), END],
  'rows without an end': [headOf(), formatFrame('B', key('n'), Buffer.from('1')), END],
  'rows that are not UTF-8': [headOf(), formatFrame('B', key('n'), Buffer.from([0xff])), END],
  'an empty name': [headOf(), formatFrame('B', key(''), rows('1')), END],
  'a key that is cut': [headOf(), formatFrame('B', key('n').subarray(0, 7)), END],
  'a key without lengths': [headOf(), formatFrame('R', Buffer.from([1])), END],
  'a removal with rows': [headOf(), formatFrame('R', key('n'), rows('1')), END],
  'a feed that the head lacks': [headOf(), block('n', 'b'), END],
  'a frame of no known kind': [headOf(), formatFrame('X' as 'B', key('n')), END],
  'an empty frame': [headOf(), Buffer.alloc(4), END],
  'a frame beyond the limit': [headOf(), Buffer.from([255, 255, 255, 255]), END],
  'another store than was promised': [headOf(), block('n'), END],
  'one block fewer than was promised': [headOf(), END],
};

for (const [what, frames] of Object.entries(hostile))
  test(`packs: ${what} is refused, and nothing is taken`, async () => {
    const shelf = await shelfOf({ 'a s n': { 1: 'present' } });
    const before = await printOf(shelf);
    await assert.rejects(take(shelf, packOf(...frames)), isDamaged);
    assert.equal(await printOf(shelf), before);
  });

test('packs: a delta for another store, or one taken for a full pack, is refused before a block is read', async () => {
  const [a, b, c] = [
    await shelfOf({ 'a s n': { 1: '1' } }),
    await shelfOf({ 'a s n': { 1: '2' } }),
    await shelfOf({ 'a s n': { 1: '3' } }),
  ];
  const delta = await deltaPack(a, b);
  await assert.rejects(take(c, delta, await baseOf(c)), isDamaged);
  await assert.rejects(take(createMemoryShelf(), delta), isDamaged);
  await assert.rejects(take(a, await fullPack(b), await baseOf(a)), isDamaged);
});

test('packs: what unpacks to more than the limit is refused, just at the limit it is not', async () => {
  const shelf = await shelfOf({ 'a s n': { 1: 'x'.repeat(10_000) } });
  const bytes = await fullPack(shelf);
  await using store = await shelf.open();
  let plainBytes = 0;
  const frames = [
    formatFrame(
      'H',
      Buffer.from(
        JSON.stringify({
          format: 'plimsoll advisories',
          version: 1,
          to: await fingerprintStore(store),
          feeds: store.feeds(),
        }),
      ),
    ),
    formatFrame('B', key('n'), Buffer.from(formatBlock([{ id: '1', body: 'x'.repeat(10_000) }]))),
    END,
  ];
  for (const frame of frames) plainBytes += frame.byteLength;
  const to = createMemoryShelf();
  await assert.rejects(take(to, bytes, undefined, { unpackedLimitBytes: plainBytes - 1 }), isDamaged);
  assert.equal(await take(to, bytes, undefined, { unpackedLimitBytes: plainBytes }), 1);
});

test('packs: a bomb ends at the ratio that no honest pack reaches', async () => {
  const bomb = packOf(headOf(), formatFrame('B', key('n'), Buffer.alloc(100 * 1024 * 1024, 0x20)), END);
  assert.ok((100 * 1024 * 1024) / bomb.byteLength > limits.advisoryPackExpansion);
  await assert.rejects(take(createMemoryShelf(), bomb), isDamaged);
});

test('packs: a head beyond its limit is refused', async () => {
  const feeds = [{ ...feedOf('a'), note: 'x'.repeat(limits.advisoryPackHeadBytes) }];
  await assert.rejects(take(createMemoryShelf(), packOf(headOf({ feeds }), END)), isDamaged);
});

test('packs: what a later version adds to a feed’s row is kept', async () => {
  const shelf = await shelfOf({});
  await using copy = await shelf.copy();
  await copy.finish([{ ...feedOf('a'), license: 'CC-BY-4.0' } as FeedRow]);
  const to = createMemoryShelf();
  await take(to, await fullPack(shelf));
  await using store = await to.open();
  assert.deepEqual(store.feeds(), [{ ...feedOf('a'), license: 'CC-BY-4.0' }]);
});

test('packs: a row that its reader refuses is taken by nobody', async () => {
  const bytes = await fullPack(await shelfOf({ 'a s n': { 1: 'good', 2: 'bad' } }));
  const to = createMemoryShelf();
  const checkRow = ({ id, body }: { id: string; body: string }): void => {
    if (body === 'bad') throw advisoryErrors.pack_damaged(`row ${id}`);
  };
  await assert.rejects(take(to, bytes, undefined, { checkRow }), /row 2/);
  await using store = await to.open();
  assert.deepEqual([...store.blocks()], []);
});

test('packs: a key that a frame cannot say is refused by whoever packs', async () => {
  const long = createBlock(
    { scope: 's', name: 'n'.repeat(70_000), feed: 'a' },
    formatBlock([{ id: '1', body: '{}' }]),
  );
  async function* entries(): AsyncGenerator<PackEntry> {
    yield { kind: 'block', block: long };
  }
  await assert.rejects(collect(formatPack({ to: TO, feeds: [feedOf('a')] }, entries())), {
    code: advisoryErrors.row_invalid.code,
  });
});

test('packs: an error of the source passes as it is', async () => {
  const bytes = await fullPack(await shelfOf({ 'a s n': { 1: '1' } }));
  const failure = new Error('the line is dead');
  async function* broken(): AsyncGenerator<Uint8Array> {
    yield bytes.subarray(0, 20);
    throw failure;
  }
  await assert.rejects(async () => {
    await using pack = await readPack(broken());
    const blocks: AdvisoryBlock[] = [];
    for await (const one of unpackBlocks(pack)) blocks.push(one);
  }, failure);
});
