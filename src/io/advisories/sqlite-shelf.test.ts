import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { systemRandom } from '../../kit/clock.ts';
import { testAdvisoryShelf } from './contract-suite.ts';
import { advisoryErrors } from './errors.ts';
import { createSqliteShelf } from './sqlite-shelf.ts';
import type { AdvisoryShelf } from './store.ts';

const NOW = Date.parse('2026-03-01T12:00:00Z');

testAdvisoryShelf('sqlite shelf', async (t) => shelfIn(folderOf(t)));

test('sqlite shelf: nothing half-written stays, neither after a finish nor after a drop', async (t) => {
  const folder = folderOf(t);
  await fill(shelfIn(folder), 'one');
  assert.deepEqual(readdirSync(folder), ['advisories.sqlite']);
  {
    await using writer = await shelfIn(folder).write();
    writer.beginFeed('a');
    writer.add({ feed: 'a', scope: 's', name: 'n', id: '1', body: '{}' });
    assert.ok(readdirSync(folder).length > 1);
  }
  assert.deepEqual(readdirSync(folder), ['advisories.sqlite']);
});

test('sqlite shelf: what a killed refresh left is cleared a day later, not before', async (t) => {
  const folder = folderOf(t);
  for (const [name, ageHours] of [
    ['building-old.sqlite', 25],
    ['building-young.sqlite', 1],
  ] as const) {
    writeFileSync(join(folder, name), 'half');
    const at = (NOW - ageHours * 3_600_000) / 1000;
    utimesSync(join(folder, name), at, at);
  }
  await fill(shelfIn(folder), 'one');
  assert.deepEqual(readdirSync(folder).sort(), ['advisories.sqlite', 'building-young.sqlite']);
});

test('sqlite shelf: a damaged or foreign file is an error to read, and a refresh mends it', async (t) => {
  const folder = folderOf(t);
  const shelf = shelfIn(folder);
  await fill(shelf, 'one');
  const file = join(folder, 'advisories.sqlite');
  const whole = readFileSync(file);
  for (const bytes of [Buffer.from('not a database at all, but long enough'), whole.subarray(0, 100)]) {
    writeFileSync(file, bytes);
    await assert.rejects(shelf.open(), { code: advisoryErrors.store_damaged.code });
  }
  await fill(shelf, 'two');
  await using store = await shelf.open();
  assert.equal(store.find('s', 'n')[0]?.id, 'two');
});

test('sqlite shelf: a folder that cannot be written is said so', async (t) => {
  const file = join(folderOf(t), 'a-file');
  writeFileSync(file, '');
  await assert.rejects(shelfIn(join(file, 'below')).write(), { code: advisoryErrors.folder_unusable.code });
});

test('sqlite shelf: related records take little space', async (t) => {
  const folder = folderOf(t);
  await using writer = await shelfIn(folder).write();
  writer.beginFeed('a');
  const body = JSON.stringify({ id: 'CVE', summary: 'a sentence that every record repeats', ranges: [] });
  for (let at = 0; at < 5_000; at += 1) {
    writer.add({ feed: 'a', scope: 's', name: `n${at % 10}`, id: `CVE-${at}`, body });
  }
  await writer.endFeed(feedRow('a'));
  await writer.finish();
  assert.ok(readFileSync(join(folder, 'advisories.sqlite')).byteLength < (5_000 * body.length) / 5);
});

function folderOf(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-shelf-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

function shelfIn(folder: string): AdvisoryShelf {
  return createSqliteShelf({ folder, clock: { now: () => NOW }, random: systemRandom });
}

async function fill(shelf: AdvisoryShelf, id: string): Promise<void> {
  await using writer = await shelf.write();
  writer.beginFeed('a');
  writer.add({ feed: 'a', scope: 's', name: 'n', id, body: '{}' });
  await writer.endFeed(feedRow('a'));
  await writer.finish();
}

function feedRow(feed: string) {
  return {
    feed,
    source: '',
    refreshedAt: NOW,
    records: 1,
    sizeBytes: 1,
    coverage: 'affected' as const,
    scopes: ['s'],
  };
}
