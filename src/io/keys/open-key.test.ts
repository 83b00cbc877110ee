// The one door: each kind of reference leads to its place, with what that was handed, and says what it lacks.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { systemRandom } from '../../kit/clock.ts';
import { limits } from '../../kit/limits.ts';
import { awsCredentials, startAws } from './aws.fixture.ts';
import { keysErrors } from './errors.ts';
import { generatePrivateKey } from './memory.ts';
import { generateKey, type KeyParts, openKey } from './open-key.ts';
import { writePlugin, writePluginKey } from './plugin.fixture.ts';
import { createTestHttp, startVault, vaultToken } from './vault.fixture.ts';

const message = Buffer.from('a message');

function world(t: TestContext, more: Partial<KeyParts> = {}): KeyParts {
  const http = createTestHttp(t);
  return { http: async () => http, random: systemRandom, env: {}, ...more };
}

function folderOf(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-open-key-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

test('open a key: in a file, whose passphrase is asked for by its path', async (t) => {
  const path = join(folderOf(t), 'signing.key');
  const asked: string[] = [];
  const askPassphrase = async (of: string): Promise<string> => {
    asked.push(of);
    return 'passphrase';
  };
  const parts = world(t, { askPassphrase });
  await using made = await generateKey(`file:${path}`, 'ed25519', parts);
  await using opened = await openKey(path, parts);
  assert.deepEqual(opened.publicKey, made.publicKey);
  assert.deepEqual(asked, [path, path]);
  await opened.sign(message, 'ed25519');
  await assert.rejects(generateKey(path, 'ed25519', parts), { code: keysErrors.file_unwritable.code });
  await assert.rejects(openKey(path, world(t)), {
    code: keysErrors.passphrase_wrong.code,
    message: /nobody to ask for its passphrase/,
  });
});

test('open a key: a file that is not encrypted, where that is allowed alone', async (t) => {
  const path = join(folderOf(t), 'plain.key');
  const privateKey = await generatePrivateKey('ecdsa-p256-sha256');
  writeFileSync(path, privateKey.export({ format: 'pem', type: 'pkcs8' }));
  await assert.rejects(openKey(path, world(t)), { code: keysErrors.file_plain.code });
  await using key = await openKey(path, world(t, { allowsPlainFiles: true }));
  await key.sign(message, 'ecdsa-p256-sha256');
});

test('open a key: in Vault and in AWS KMS, made there first', async (t) => {
  const vault = await startVault(t);
  const aws = await startAws(t);
  const parts = world(t, {
    vault: { address: vault.address, readToken: async () => vaultToken },
    aws: { region: 'eu-west-2', credentials: awsCredentials },
  });
  for (const reference of ['hashivault://signing', `awskms://${aws.endpoint}/alias/signing`]) {
    await using made = await generateKey(reference, 'ecdsa-p256-sha256', parts);
    await using opened = await openKey(reference, parts);
    assert.deepEqual(opened.publicKey, made.publicKey);
    await opened.sign(message, 'ecdsa-p256-sha256');
    await assert.rejects(generateKey(reference, 'ecdsa-p256-sha256', parts), {
      code: keysErrors.key_present.code,
    });
  }
  const invalid = keysErrors.reference_invalid.code;
  await assert.rejects(openKey('hashivault://signing', world(t)), {
    code: invalid,
    message: /set VAULT_ADDR/,
  });
  await assert.rejects(generateKey('hashivault://a?version=2', 'ed25519', parts), { code: invalid });
});

test('open a key: a plug-in’s, which makes none', { skip: process.platform === 'win32' }, async (t) => {
  const plugin = writePlugin(t);
  writePluginKey(plugin, await generatePrivateKey('ed25519'));
  await using key = await openKey('test://signing', world(t, { env: plugin.env }));
  await key.sign(message, 'ed25519');
  await assert.rejects(generateKey('test://signing', 'ed25519', world(t)), {
    code: keysErrors.generation_unsupported.code,
  });
});

test('open a key: in a token, with its module, and its PIN from where the URI says', async (t) => {
  const invalid = keysErrors.reference_invalid.code;
  await assert.rejects(openKey('pkcs11:token=a', world(t)), {
    code: invalid,
    message: /pkcs11:token=a names no module/,
  });
  await assert.rejects(generateKey('pkcs11:token=a', 'ed25519', world(t)), {
    code: invalid,
    message: /names no object/,
  });
  const pin = join(folderOf(t), 'pin');
  const uri = `pkcs11:token=a?module-path=/nonexistent/module.so&pin-source=${pin}`;
  await assert.rejects(openKey(uri, world(t)), { code: keysErrors.file_unreadable.code, message: /PIN of/ });
  writeFileSync(pin, 'x'.repeat(limits.keyPinBytes + 1));
  await assert.rejects(openKey(uri, world(t)), {
    code: keysErrors.file_unreadable.code,
    message: /1024 bytes/,
  });
  writeFileSync(pin, '4711\n');
  // The child process runs for real, and has no such module to load.
  await assert.rejects(openKey(uri, world(t)), {
    code: keysErrors.unavailable.code,
    message: /the token of pkcs11:token=a says: .*\/nonexistent\/module\.so/,
  });
});
