// Keys of every form that people have, opened; the passphrase is asked for only where the file wants one.
import assert from 'node:assert/strict';
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { systemRandom } from '../../kit/clock.ts';
import { testSigningKey } from './contract-suite.ts';
import { sealCosignKey } from './cosign-key.ts';
import { keysErrors } from './errors.ts';
import { createKeyFile } from './key-file.ts';
import { generatePrivateKey } from './memory.ts';
import { openPrivateKey, openPrivateKeyFile } from './private-key.ts';

const secret = 'a passphrase';

function place(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-keys-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return join(folder, 'some.key');
}

testSigningKey(
  'a key in a file of cosign’s',
  async (t, algorithm) => {
    const path = place(t);
    await createKeyFile({ path, passphrase: secret }, algorithm, systemRandom, 'cosign');
    return openPrivateKeyFile({ path, passphrase: async () => secret, allowsPlain: true });
  },
  ['ecdsa-p256-sha256'],
);

const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const cipher = { cipher: 'aes-256-cbc', passphrase: secret };
const forms: Readonly<Record<string, (key: KeyObject) => Promise<string> | string>> = {
  'PKCS #8': (key) => key.export({ format: 'pem', type: 'pkcs8' }).toString(),
  'SEC 1': (key) => key.export({ format: 'pem', type: 'sec1' }).toString(),
  'PKCS #8 under a passphrase': (key) => key.export({ format: 'pem', type: 'pkcs8', ...cipher }).toString(),
  'SEC 1 under a passphrase': (key) => key.export({ format: 'pem', type: 'sec1', ...cipher }).toString(),
  'cosign’s': (key) => sealCosignKey(key, secret, systemRandom),
};

for (const [form, write] of Object.entries(forms))
  test(`private key: one in ${form} is opened, with the passphrase asked for where it wants one`, async (t) => {
    const path = place(t);
    writeFileSync(path, await write(privateKey));
    let asked = 0;
    const passphrase = async (): Promise<string> => {
      asked += 1;
      return secret;
    };
    const opened = await openPrivateKey({ path, passphrase, allowsPlain: true });
    assert.ok(opened.equals(privateKey));
    assert.equal(asked, form.includes('passphrase') || form.includes('cosign') ? 1 : 0);
    if (asked === 1)
      await assert.rejects(openPrivateKey({ path, passphrase: async () => 'another', allowsPlain: true }), {
        code: keysErrors.passphrase_wrong.code,
      });
  });

test('private key: what is none, or of a kind that is not signed with, is refused with its path', async (t) => {
  const path = place(t);
  const refused = { code: keysErrors.file_unreadable.code };
  const never = async (): Promise<string> => assert.fail('nobody is to be asked');
  await assert.rejects(openPrivateKey({ path, passphrase: never, allowsPlain: true }), refused);
  writeFileSync(path, '-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n');
  await assert.rejects(openPrivateKey({ path, passphrase: never, allowsPlain: true }), refused);
  writeFileSync(path, '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n');
  await assert.rejects(openPrivateKey({ path, passphrase: never, allowsPlain: true }), refused);
  const key = await generatePrivateKey('ed25519');
  writeFileSync(path, key.export({ format: 'pem', type: 'pkcs8' }));
  assert.ok((await openPrivateKey({ path, passphrase: never, allowsPlain: true })).equals(key));
});

test('private key: one that is not encrypted is taken only where that is allowed', async (t) => {
  const path = place(t);
  const passphrase = (): Promise<string> => assert.fail('nothing is to be opened by it');
  for (const type of ['pkcs8', 'sec1'] as const) {
    writeFileSync(path, privateKey.export({ format: 'pem', type }));
    await assert.rejects(openPrivateKey({ path, passphrase, allowsPlain: false }), {
      code: keysErrors.file_plain.code,
      kind: 'denied',
      message: new RegExp(path),
    });
  }
});
