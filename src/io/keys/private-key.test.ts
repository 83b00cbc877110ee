import assert from 'node:assert/strict';
import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { systemRandom } from '../../kit/clock.ts';
import { keysErrors } from './errors.ts';
import { createKeyFile } from './key-file.ts';
import { openPrivateKeyFile } from './private-key.ts';

const secret = 'a passphrase';

function place(t: TestContext): { path: string; passphrase: string } {
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-key-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return { path: join(folder, 'a.key'), passphrase: secret };
}

test('a key’s file: one that is not encrypted is taken only where that is allowed, and then no passphrase is asked', async (t) => {
  const { path } = place(t);
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const passphrase = (): Promise<string> => assert.fail('nothing is to be opened by it');
  for (const type of ['pkcs8', 'sec1'] as const) {
    writeFileSync(path, privateKey.export({ format: 'pem', type }));
    await assert.rejects(openPrivateKeyFile({ path, passphrase, allowsPlain: false }), {
      code: keysErrors.file_plain.code,
      kind: 'denied',
      message: new RegExp(path),
    });
    const key = await openPrivateKeyFile({ path, passphrase, allowsPlain: true });
    assert.deepEqual(
      Buffer.from(key.publicKey),
      createPublicKey(privateKey).export({ format: 'der', type: 'spki' }),
    );
  }
  writeFileSync(path, '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n');
  await assert.rejects(openPrivateKeyFile({ path, passphrase, allowsPlain: true }), {
    code: keysErrors.file_unreadable.code,
  });
});

test('a key’s file: the passphrase is asked for where the file is encrypted', async (t) => {
  const at = place(t);
  const made = await createKeyFile(at, 'ed25519', systemRandom);
  const opened = await openPrivateKeyFile({
    path: at.path,
    passphrase: async () => secret,
    allowsPlain: false,
  });
  assert.deepEqual(opened.publicKey, made.publicKey);
});
