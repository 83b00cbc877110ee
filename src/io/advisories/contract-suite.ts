// What every advisory shelf must do; each adapter's test runs it.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { isPlimsollError } from '../../kit/error.ts';
import { createBlock, formatBlock, hashBlock, joinHashes, parseBlock, unpackBlock } from './block.ts';
import { advisoryErrors } from './errors.ts';
import { fingerprintStore } from './fingerprint.ts';
import { createMemoryShelf } from './memory-shelf.ts';
import type { AdvisoryRow, AdvisoryShelf, AdvisoryWriter, FeedRow } from './store.ts';

/** Registers the contract's tests for one adapter; `create` makes an empty shelf and cleans up after `t`. */
export function testAdvisoryShelf(adapter: string, create: (t: TestContext) => Promise<AdvisoryShelf>): void {
  const check = (name: string, work: (shelf: AdvisoryShelf) => Promise<void>) =>
    test(`${adapter}: ${name}`, async (t) => work(await create(t)));

  check('nothing was ever refreshed: an empty store', async (shelf) => {
    await using store = await shelf.open();
    assert.deepEqual(store.feeds(), []);
    assert.deepEqual(store.find('debian:12', 'curl'), []);
    assert.deepEqual([...store.packages()], []);
  });

  check('rows come back by scope and name, ordered by feed then id, byte for byte', async (shelf) => {
    const long = rowOf('b', 's', 'n', 'CVE-2', JSON.stringify({ text: 'ü\n'.repeat(500) }));
    const rows = [long, rowOf('b', 's', 'n', 'CVE-1'), rowOf('b', 's', 'other', 'CVE-1')];
    await write(shelf, { b: rows, a: [rowOf('a', 's', 'n', 'CVE-9'), rowOf('a', 't', 'n', 'CVE-9')] });
    await using store = await shelf.open();
    assert.deepEqual(store.find('s', 'n'), [rowOf('a', 's', 'n', 'CVE-9'), rows[1], long]);
    assert.deepEqual(store.find('t', 'n'), [rowOf('a', 't', 'n', 'CVE-9')]);
    assert.deepEqual(store.find('S', 'n'), []);
    assert.deepEqual(store.feeds(), [feedOf('a'), feedOf('b')]);
  });

  check('a second row of one id takes the first one’s place', async (shelf) => {
    await write(shelf, {
      a: [rowOf('a', 's', 'n', 'X', '1'), rowOf('a', 's', 'n', 'Y'), rowOf('a', 's', 'n', 'X', '2')],
    });
    await using store = await shelf.open();
    assert.deepEqual(store.find('s', 'n'), [rowOf('a', 's', 'n', 'X', '2'), rowOf('a', 's', 'n', 'Y')]);
  });

  check('a feed begun again loses its former rows, others are carried over', async (shelf) => {
    await write(shelf, { a: [rowOf('a', 's', 'n', 'old')], b: [rowOf('b', 's', 'n', 'kept')] });
    await write(shelf, { a: [rowOf('a', 's', 'm', 'new')] });
    await using store = await shelf.open();
    assert.deepEqual(store.find('s', 'n'), [rowOf('b', 's', 'n', 'kept')]);
    assert.deepEqual(store.find('s', 'm'), [rowOf('a', 's', 'm', 'new')]);
    assert.deepEqual(store.feeds(), [feedOf('a'), feedOf('b')]);
  });

  check('an abandoned feed keeps its last good state', async (shelf) => {
    await write(shelf, { a: [rowOf('a', 's', 'n', 'good')] });
    await using writer = await shelf.write();
    writer.beginFeed('a');
    writer.add(rowOf('a', 's', 'n', 'half'));
    writer.abandonFeed();
    await writeFeed(writer, 'b', [rowOf('b', 's', 'n', 'whole')]);
    await writer.finish();
    await using store = await shelf.open();
    assert.deepEqual(store.find('s', 'n'), [rowOf('a', 's', 'n', 'good'), rowOf('b', 's', 'n', 'whole')]);
  });

  check('without finish nothing changes; a reader keeps what it opened', async (shelf) => {
    await write(shelf, { a: [rowOf('a', 's', 'n', 'first')] });
    await using before = await shelf.open();
    {
      await using writer = await shelf.write();
      await writeFeed(writer, 'a', [rowOf('a', 's', 'n', 'dropped')]);
    }
    await using same = await shelf.open();
    assert.deepEqual(same.find('s', 'n'), [rowOf('a', 's', 'n', 'first')]);
    await write(shelf, { a: [rowOf('a', 's', 'n', 'second')] });
    assert.deepEqual(before.find('s', 'n'), [rowOf('a', 's', 'n', 'first')]);
    await using after = await shelf.open();
    assert.deepEqual(after.find('s', 'n'), [rowOf('a', 's', 'n', 'second')]);
  });

  check('changedSince tells what is new, different or gone, once each', async (shelf) => {
    const same = [rowOf('a', 's', 'same', '1'), rowOf('a', 's', 'same', '2')];
    await write(shelf, { a: [...same, rowOf('a', 's', 'changed', '1', '1'), rowOf('a', 's', 'gone', '1')] });
    await using older = await shelf.open();
    await write(shelf, {
      a: [...same.toReversed(), rowOf('a', 's', 'changed', '1', '2'), rowOf('a', 't', 'new', '1')],
      b: [rowOf('b', 'u', 'other', '1')],
    });
    await using newer = await shelf.open();
    assert.deepEqual(
      [...newer.changedSince(older)],
      [
        { scope: 's', name: 'changed' },
        { scope: 's', name: 'gone' },
        { scope: 't', name: 'new' },
        { scope: 'u', name: 'other' },
      ],
    );
    assert.deepEqual([...newer.changedSince(newer)], []);
  });

  check('blocks are ordered by scope, name and feed, whatever order they were written in', async (shelf) => {
    await write(shelf, {
      b: [rowOf('b', 't', 'n', '1'), rowOf('b', 's', 'é', '1'), rowOf('b', 's', 'z', '1')],
      a: [rowOf('a', 's', 'z', '2'), rowOf('a', 's', 'z', '1')],
    });
    await using store = await shelf.open();
    const blocks = [...store.blocks()];
    assert.deepEqual(
      blocks.map(({ scope, name, feed }) => `${scope} ${name} ${feed}`),
      ['s z a', 's z b', 's é b', 't n b'],
    );
    const [first] = blocks;
    assert.deepEqual(parseBlock(unpackBlock(first?.packed as Uint8Array)), [
      { id: '1', body: '{}' },
      { id: '2', body: '{}' },
    ]);
    assert.equal(first?.hash, hashBlock(formatBlock(parseBlock(unpackBlock(first?.packed as Uint8Array)))));
    assert.deepEqual([...store.packages()][0]?.hash, joinHashes(blocks.slice(0, 2)));
  });

  check('a copy of another adapter’s blocks is that store, to the fingerprint', async (shelf) => {
    const other = createMemoryShelf();
    await write(other, {
      a: [rowOf('a', 's', 'n', 'CVE-1', JSON.stringify({ text: 'ü\n'.repeat(500) }))],
      b: [rowOf('b', 's', 'n', 'CVE-2'), rowOf('b', 't', 'm', 'CVE-3')],
    });
    await write(shelf, { gone: [rowOf('gone', 's', 'n', '1')] });
    await using original = await other.open();
    await using before = await shelf.open();
    assert.notEqual(await fingerprintStore(before), await fingerprintStore(original));
    {
      await using dropped = await shelf.copy();
      for (const block of original.blocks()) dropped.add(block);
    }
    await using same = await shelf.open();
    assert.equal(
      await fingerprintStore(same),
      await fingerprintStore(before),
      'without finish nothing changes',
    );
    await using copy = await shelf.copy();
    for (const block of original.blocks()) copy.add(block);
    await copy.finish(original.feeds());
    await using after = await shelf.open();
    assert.equal(await fingerprintStore(after), await fingerprintStore(original));
    assert.deepEqual(after.feeds(), [feedOf('a'), feedOf('b')]);
    assert.deepEqual(after.find('s', 'n'), original.find('s', 'n'));
    assert.deepEqual([...after.changedSince(original)], []);
    assert.deepEqual(before.find('s', 'n'), [rowOf('gone', 's', 'n', '1')], 'a reader keeps what it opened');
  });

  check('a store that was copied is refreshed as any other', async (shelf) => {
    const other = createMemoryShelf();
    await write(other, { a: [rowOf('a', 's', 'n', 'old')], b: [rowOf('b', 's', 'n', 'kept')] });
    await using original = await other.open();
    await using copy = await shelf.copy();
    for (const block of original.blocks()) copy.add(block);
    await copy.finish(original.feeds());
    await write(shelf, { a: [rowOf('a', 's', 'm', 'new')] });
    await using after = await shelf.open();
    assert.deepEqual(after.find('s', 'n'), [rowOf('b', 's', 'n', 'kept')]);
    assert.deepEqual(after.find('s', 'm'), [rowOf('a', 's', 'm', 'new')]);
  });

  check('a copy takes blocks in order alone, each once', async (shelf) => {
    await using copy = await shelf.copy();
    const block = (name: string) =>
      createBlock({ scope: 's', name, feed: 'a' }, formatBlock([{ id: '1', body: '{}' }]));
    copy.add(block('m'));
    for (const name of ['m', 'l'])
      assert.throws(() => copy.add(block(name)), { code: advisoryErrors.row_invalid.code });
  });

  check('a writer out of order, or a row it cannot hold, is refused', async (shelf) => {
    await using writer = await shelf.write();
    const isRefused = (work: () => unknown) =>
      assert.throws(work, (error) => isPlimsollError(error, { code: advisoryErrors.row_invalid.code }));
    isRefused(() => writer.add(rowOf('a', 's', 'n', '1')));
    writer.beginFeed('a');
    isRefused(() => writer.beginFeed('b'));
    isRefused(() => writer.add(rowOf('a', 's', '', '1')));
    isRefused(() => writer.add(rowOf('a', 's', 'n', 'x\u001ey')));
    isRefused(() => writer.add(rowOf('b', 's', 'n', '1')));
    await assert.rejects(writer.endFeed(feedOf('b')), { code: advisoryErrors.row_invalid.code });
    await assert.rejects(writer.finish(), { code: advisoryErrors.row_invalid.code });
  });
}

async function write(shelf: AdvisoryShelf, feeds: Readonly<Record<string, readonly AdvisoryRow[]>>) {
  await using writer = await shelf.write();
  for (const [feed, rows] of Object.entries(feeds)) await writeFeed(writer, feed, rows);
  await writer.finish();
}

async function writeFeed(writer: AdvisoryWriter, feed: string, rows: readonly AdvisoryRow[]): Promise<void> {
  writer.beginFeed(feed);
  for (const row of rows) writer.add(row);
  await writer.endFeed(feedOf(feed));
}

function rowOf(feed: string, scope: string, name: string, id: string, body = '{}'): AdvisoryRow {
  return { feed, scope, name, id, body };
}

function feedOf(feed: string): FeedRow {
  return {
    feed,
    source: 'test',
    refreshedAt: 1,
    records: 2,
    sizeBytes: 3,
    coverage: 'affected',
    scopes: ['s'],
  };
}
