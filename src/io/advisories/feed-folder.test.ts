import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { collectBytes } from '../../kit/bytes.ts';
import { advisoryErrors } from './errors.ts';
import { testFeedSource } from './feed-contract-suite.ts';
import { createFeedFolder } from './feed-folder.ts';

testFeedSource('feed folder', async (t, documents) => {
  const folder = folderOf(t);
  for (const [path, bytes] of documents) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), bytes);
  }
  return createFeedFolder(folder);
});

test('feed folder: a document that is a folder cannot be read', async (t) => {
  const folder = folderOf(t);
  mkdirSync(join(folder, 'debian/tracker.json'), { recursive: true });
  const file = await createFeedFolder(folder).open({ path: 'debian/tracker.json', publicUrl: '' });
  assert.ok(file !== undefined);
  await assert.rejects(collectBytes(file.bytes(), 100, advisoryErrors.feed_damaged), {
    code: advisoryErrors.feed_unreadable.code,
  });
});

function folderOf(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-feeds-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
