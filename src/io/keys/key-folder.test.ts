// A folder of keys: as the port has them, opened by their references alone, and no stranger's file is.
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { systemRandom } from '../../kit/clock.ts';
import { testSigningKey } from './contract-suite.ts';
import { keysErrors } from './errors.ts';
import { createKeyFolder, secretFile } from './key-folder.ts';

function place(t: TestContext): string {
  const above = mkdtempSync(join(tmpdir(), 'plimsoll-ring-'));
  t.after(() => rmSync(above, { recursive: true }));
  return join(above, 'trust', 'keys');
}

testSigningKey('a key of a folder', async (t, algorithm) => {
  const at = { folder: place(t), random: systemRandom };
  const { reference } = await createKeyFolder(at).create('signing', algorithm);
  return createKeyFolder(at).open(reference);
});

test('a folder of keys: keys made at once share one random passphrase, for the owner alone', async (t) => {
  const folder = place(t);
  const ring = createKeyFolder({ folder, random: systemRandom });
  const made = await Promise.all(['one', 'two', 'three'].map((name) => ring.create(name, 'ed25519')));
  assert.deepEqual(
    made.map(({ reference }) => reference),
    ['file:one.pem', 'file:two.pem', 'file:three.pem'],
  );
  assert.match(readFileSync(join(folder, secretFile), 'utf8'), /^[0-9a-f]{64}\n$/);
  if (process.platform !== 'win32') {
    assert.equal(statSync(folder).mode & 0o777, 0o700);
    assert.equal(statSync(join(folder, secretFile)).mode & 0o777, 0o600);
  }
  const moved = `${folder}-moved`;
  renameSync(folder, moved);
  for (const { reference, key } of made)
    assert.deepEqual(
      (await createKeyFolder({ folder: moved, random: systemRandom }).open(reference)).publicKey,
      key.publicKey,
    );
});

test('a folder of keys: with a passphrase that is given there is none beside them', async (t) => {
  const at = { folder: place(t), random: systemRandom };
  const passphrase = 'a passphrase of many words';
  const { reference } = await createKeyFolder({ ...at, passphrase }).create('one', 'ed25519');
  assert.equal(existsSync(join(at.folder, secretFile)), false);
  await createKeyFolder({ ...at, passphrase }).open(reference);
  for (const wrong of [undefined, 'another passphrase'])
    await assert.rejects(createKeyFolder({ ...at, passphrase: wrong }).open(reference), {
      code: keysErrors.passphrase_wrong.code,
    });
});

test('a folder of keys: a reference leads to no other file', async (t) => {
  const folder = place(t);
  const ring = createKeyFolder({ folder, random: systemRandom });
  await ring.create('one', 'ed25519');
  writeFileSync(join(folder, '..', 'other.pem'), 'x');
  for (const reference of [
    'file:../other.pem',
    'file:one',
    'one.pem',
    'file:.pem',
    'file:/etc/x.pem',
    'pkcs11:one',
  ])
    await assert.rejects(ring.open(reference), { code: keysErrors.reference_unknown.code });
  await assert.rejects(ring.open('file:absent.pem'), { code: keysErrors.file_unreadable.code });
});

test('a folder of keys: one that cannot be made says which', async (t) => {
  const folder = place(t);
  writeFileSync(join(folder, '..', '..', 'trust'), 'a file');
  await assert.rejects(createKeyFolder({ folder, random: systemRandom }).create('one', 'ed25519'), {
    code: keysErrors.file_unwritable.code,
  });
});
