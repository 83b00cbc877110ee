import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { archivePath } from '../../formats/notary1/archive.ts';
import { parseRoleName } from '../../formats/notary1/role-name.ts';
import { hashHex } from '../../kit/hash.ts';
import { createTrustMemory, openTrustFolder } from './trust-archive.ts';

const role = parseRoleName('targets/releases');
const bytes = Buffer.from('{"signed":{}}');
const sha256 = hashHex('sha256', bytes);
const archive = { gun: 'docker.io/team/app', imports: [] };

async function temporary(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'plimsoll-trust-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

test('trust archive: files are kept as they came, and what the folder says of itself is read again', async (t) => {
  const folder = join(await temporary(t), 'a', 'b');
  const first = await openTrustFolder(folder);
  assert.equal(first.archive, undefined);
  await first.add(role, bytes);
  await first.add(role, bytes);
  await first.save(archive);
  const again = await openTrustFolder(folder);
  assert.deepEqual(again.archive, archive);
  assert.deepEqual(Buffer.from(await again.read(role, sha256)), bytes);
  assert.deepEqual(await readFile(join(folder, archivePath(role, sha256))), bytes);
  await assert.rejects(again.read(role, '00'.repeat(32)), { code: 'images.missing' });
});

test('trust archive: a damaged file is told, and written anew when it is fetched again', async (t) => {
  const folder = await temporary(t);
  const store = await openTrustFolder(folder);
  await store.add(role, bytes);
  await truncate(join(folder, archivePath(role, sha256)), 3);
  await assert.rejects(store.read(role, sha256), { code: 'images.damaged' });
  await store.add(role, bytes);
  assert.deepEqual(Buffer.from(await store.read(role, sha256)), bytes);
});

test('trust archive: a folder with files of somebody else is left alone', async (t) => {
  const folder = await temporary(t);
  await writeFile(join(folder, 'notes.txt'), 'mine');
  await assert.rejects(openTrustFolder(folder), { code: 'images.place_unreadable' });
  await writeFile(join(folder, 'archive.json'), '{}');
  await assert.rejects(openTrustFolder(folder), { code: 'notary.archive_invalid' });
});

test('trust archive: in memory it is kept until the end', async () => {
  const store = createTrustMemory();
  await store.add(role, bytes);
  await store.save(archive);
  assert.deepEqual(await store.read(role, sha256), bytes);
  await assert.rejects(store.read(parseRoleName('root'), sha256), { code: 'images.missing' });
});
