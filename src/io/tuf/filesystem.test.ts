import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { testTufStore } from './contract-suite.ts';
import { createFilesystemTufStore } from './filesystem.ts';

const folder = mkdtempSync(join(tmpdir(), 'plimsoll-tuf-'));
after(() => rmSync(folder, { recursive: true }));
let count = 0;
function fresh(): string {
  count += 1;
  return join(folder, String(count), 'trust', 'tuf');
}

testTufStore('a folder', async () => createFilesystemTufStore(fresh()));

test('files of trust, a folder: what cannot be written leaves nothing behind', async () => {
  const place = fresh();
  const store = createFilesystemTufStore(place);
  mkdirSync(join(place, 'timestamp.json'), { recursive: true });
  await assert.rejects(store.write('timestamp.json', Buffer.from('x')), { code: 'trustfiles.unavailable' });
  await assert.rejects(store.read('timestamp.json'), { code: 'trustfiles.unavailable' });
  assert.deepEqual(readdirSync(place), ['timestamp.json']);
  assert.deepEqual(await store.list(), []);
});
