// Keys in files: as the port has it, and what becomes of the file.
import assert from 'node:assert/strict';
import { createPrivateKey, createPublicKey } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { systemRandom } from '../../kit/clock.ts';
import { limits } from '../../kit/limits.ts';
import { testSigningKey } from './contract-suite.ts';
import { keysErrors } from './errors.ts';
import { createKeyFile, openKeyFile } from './key-file.ts';

const passphrase = 'a passphrase – with a dash';

function place(t: TestContext): { folder: string; path: string; passphrase: string } {
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-keys-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return { folder, path: join(folder, 'signing.key'), passphrase };
}

testSigningKey('a key in a file', async (t, algorithm) => {
  const at = place(t);
  await createKeyFile(at, algorithm, systemRandom);
  return openKeyFile(at);
});

test('a key’s file: for its owner alone, unreadable without the passphrase, and nothing beside it', async (t) => {
  const at = place(t);
  const made = await createKeyFile(at, 'ecdsa-p256-sha256', systemRandom);
  assert.deepEqual(readdirSync(at.folder), ['signing.key']);
  if (process.platform !== 'win32') assert.equal(statSync(at.path).mode & 0o777, 0o600);
  const text = readFileSync(at.path, 'utf8');
  assert.match(
    text,
    /^-----BEGIN ENCRYPTED PRIVATE KEY-----\n[\w+/=\n]+-----END ENCRYPTED PRIVATE KEY-----\n$/,
  );
  assert.deepEqual(
    createPublicKey(createPrivateKey({ key: text, passphrase })).export({ format: 'der', type: 'spki' }),
    Buffer.from(made.publicKey),
  );
  const wrong = { code: keysErrors.passphrase_wrong.code, kind: 'denied' };
  await assert.rejects(openKeyFile({ ...at, passphrase: 'another' }), wrong);
  await assert.rejects(openKeyFile({ ...at, passphrase: '' }), wrong);
});

test('a key’s file: one that is there is never written over', async (t) => {
  const at = place(t);
  writeFileSync(at.path, 'what was there');
  await assert.rejects(createKeyFile(at, 'ed25519', systemRandom), {
    code: keysErrors.file_unwritable.code,
    message: /there is a file already/,
  });
  assert.equal(readFileSync(at.path, 'utf8'), 'what was there');
  assert.deepEqual(readdirSync(at.folder), ['signing.key']);
  const nowhere = { ...at, path: join(at.folder, 'none', 'signing.key') };
  await assert.rejects(createKeyFile(nowhere, 'ed25519', systemRandom), {
    code: keysErrors.file_unwritable.code,
  });
});

test('a key’s file: what is none is refused with its path', async (t) => {
  const at = place(t);
  const unreadable = { code: keysErrors.file_unreadable.code, message: new RegExp(at.path) };
  await assert.rejects(openKeyFile(at), unreadable);
  for (const text of ['', '-----BEGIN PUBLIC KEY-----\n', 'x'.repeat(limits.keyFileBytes + 1)]) {
    writeFileSync(at.path, text);
    await assert.rejects(openKeyFile(at), unreadable);
  }
  writeFileSync(
    at.path,
    '-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n',
  );
  await assert.rejects(openKeyFile(at), {
    code: keysErrors.passphrase_wrong.code,
    message: /or the file is damaged/,
  });
});
