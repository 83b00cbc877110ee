import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { isPlimsollError } from '../kit/error.ts';
import { openNotationFolder } from './notation-folder.ts';

async function makeFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'plimsoll-notation-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

const unreadable = (error: unknown): boolean => isPlimsollError(error, { code: 'app.file_unreadable' });

test('notation folder: the newer policy before the older, and a sentence where there is none', async (t) => {
  const folder = await makeFolder(t);
  const files = openNotationFolder(folder);
  await assert.rejects(files.readPolicy(), unreadable);
  await writeFile(join(folder, 'trustpolicy.json'), 'old');
  assert.equal(Buffer.from(await files.readPolicy()).toString(), 'old');
  await writeFile(join(folder, 'trustpolicy.oci.json'), 'new');
  assert.equal(Buffer.from(await files.readPolicy()).toString(), 'new');
});

test('notation folder: a store by its files, none where it is absent, and no links', async (t) => {
  const folder = await makeFolder(t);
  const files = openNotationFolder(folder);
  assert.equal(await files.readStore('ca', 'own'), undefined);
  const store = join(folder, 'truststore/x509/ca/own');
  await mkdir(store, { recursive: true });
  await writeFile(join(store, 'b.pem'), 'b');
  await writeFile(join(store, 'a.pem'), 'a');
  const found = await files.readStore('ca', 'own');
  assert.deepEqual(
    found?.map(({ name, bytes }) => `${name} ${Buffer.from(bytes)}`),
    ['a.pem a', 'b.pem b'],
  );
  await symlink(join(store, 'a.pem'), join(store, 'c.pem'));
  await assert.rejects(files.readStore('ca', 'own'), unreadable);
  await symlink(store, join(folder, 'truststore/x509/ca/other'));
  await assert.rejects(files.readStore('ca', 'other'), unreadable);
});
