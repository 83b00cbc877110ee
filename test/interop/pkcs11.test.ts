// Promise: a key in a PKCS #11 token signs, in every kind that it has, made here or by others' tools, and never
// leaves it. The real module is SoftHSM's; pkcs11-tool (OpenSC) is the other tool.
import assert from 'node:assert/strict';
import { createHash, createPublicKey, verify } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { KeyAlgorithm } from '../../src/formats/x509/key-algorithm.ts';
import { testSigningKey } from '../../src/io/keys/contract-suite.ts';
import { keysErrors } from '../../src/io/keys/errors.ts';
import { generateKey, type KeyParts, openKey } from '../../src/io/keys/open-key.ts';
import type { Http } from '../../src/io/net/http.ts';
import { systemRandom } from '../../src/kit/clock.ts';
import { missingTools, run, temporaryFolder } from './world.ts';

const PIN = '73914862';
const module = ['/usr/lib/softhsm/libsofthsm2.so', '/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so'].find(
  (path) => existsSync(path),
);
const skip =
  missingTools('softhsm2-util', 'pkcs11-tool') ?? (module === undefined ? 'no libsofthsm2.so' : undefined);

interface Token {
  readonly parts: KeyParts;
  /** With the module and the PIN. */
  uri(names: string): string;
  tool(...args: string[]): string;
}

/** A fresh token of its own. */
function createToken(t: TestContext): Token {
  const folder = temporaryFolder();
  t.after(() => folder[Symbol.dispose]());
  const tokens = join(folder.path, 'tokens');
  mkdirSync(tokens);
  const conf = join(folder.path, 'softhsm2.conf');
  writeFileSync(conf, `directories.tokendir = ${tokens}\nobjectstore.backend = file\n`);
  const pin = join(folder.path, 'pin');
  writeFileSync(pin, `${PIN}\n`, { mode: 0o600 });
  const env = { SOFTHSM2_CONF: conf };
  run(
    'softhsm2-util',
    ['--init-token', '--free', '--label', 'plimsoll', '--pin', PIN, '--so-pin', '55555555'],
    {
      env,
    },
  );
  const login = ['--module', module ?? '', '--token-label', 'plimsoll', '--login', '--pin', PIN];
  return {
    parts: { http: async () => ({}) as Http, random: systemRandom, env },
    uri: (names) => `pkcs11:token=plimsoll;${names}?module-path=${module}&pin-source=${pin}`,
    tool: (...args) => run('pkcs11-tool', [...login, ...args], { env }).stdout,
  };
}

if (skip === undefined)
  testSigningKey('a key in SoftHSM', async (t, algorithm) => {
    const token = createToken(t);
    const key = await generateKey(token.uri('object=signing'), algorithm, token.parts);
    t.after(() => key[Symbol.asyncDispose]());
    return key;
  });

test('SoftHSM: a key that pkcs11-tool made signs here, and what was made here signs there', {
  skip,
}, async (t) => {
  const token = createToken(t);
  const kinds: readonly (readonly [string, KeyAlgorithm])[] = [
    ['EC:prime256v1', 'ecdsa-p256-sha256'],
    ['EC:secp384r1', 'ecdsa-p384-sha384'],
    ['EC:secp521r1', 'ecdsa-p521-sha512'],
    ['RSA:3072', 'rsa-pkcs1-sha256'],
    ['RSA:2048', 'rsa-pss-sha256'],
    ['RSA:4096', 'rsa-pss-sha512'],
    ['EC:edwards25519', 'ed25519'],
  ];
  for (const [at, [kind, algorithm]] of kinds.entries()) {
    token.tool('--keypairgen', '--key-type', kind, '--label', algorithm, '--id', `0${at + 1}`);
    await using key = await openKey(token.uri(`object=${algorithm};id=%0${at + 1}`), token.parts);
    assert.ok((await key.sign(Buffer.from('a message'), algorithm)).byteLength > 60);
  }
  await using made = await generateKey(token.uri('object=ours;id=%0A'), 'ecdsa-p256-sha256', token.parts);
  using folder = temporaryFolder();
  const [digest, signature] = [join(folder.path, 'digest'), join(folder.path, 'signature')];
  writeFileSync(digest, createHash('sha256').update('a message').digest());
  token.tool(
    '--sign',
    ...['--mechanism', 'ECDSA', '--signature-format', 'openssl', '--id', '0a'],
    ...['--input-file', digest, '--output-file', signature],
  );
  const publicKey = createPublicKey({ key: Buffer.from(made.publicKey), format: 'der', type: 'spki' });
  assert.ok(verify('sha256', Buffer.from('a message'), publicKey, readFileSync(signature)));
});

test('SoftHSM: a key that was made here does not leave the token, and none is made twice', {
  skip,
}, async (t) => {
  const token = createToken(t);
  await using _ = await generateKey(token.uri('object=ours;id=%07'), 'rsa-pkcs1-sha256', token.parts);
  const listed = token.tool('--list-objects', '--type', 'privkey');
  assert.match(
    listed,
    /label:\s+ours[\s\S]*ID:\s+07[\s\S]*sensitive, always sensitive, never extractable, local/,
  );
  for (const names of ['object=ours', 'object=other;id=%07'])
    await assert.rejects(generateKey(token.uri(names), 'ed25519', token.parts), {
      code: keysErrors.key_present.code,
    });
});

test('SoftHSM: a key that wants its PIN for each signature signs more than once', { skip }, async (t) => {
  const token = createToken(t);
  token.tool('--keypairgen', '--key-type', 'EC:prime256v1', '--label', 'careful', '--always-auth');
  await using key = await openKey(token.uri('object=careful'), token.parts);
  for (const text of ['one', 'two']) await key.sign(Buffer.from(text), 'ecdsa-p256-sha256');
});

test('SoftHSM: a wrong PIN, another token and two keys of one name are told apart', { skip }, async (t) => {
  const token = createToken(t);
  for (const id of ['01', '02'])
    token.tool('--keypairgen', '--key-type', 'EC:prime256v1', '--label', 'twin', '--id', id);
  const wrong = token.uri('object=twin').replace(/pin-source=.*/, 'pin-value=00000000');
  await assert.rejects(openKey(wrong, token.parts), (error: Error & { code: string }) => {
    assert.equal(error.code, keysErrors.access_denied.code);
    assert.match(error.message, /CKR_PIN_INCORRECT/);
    assert.ok(!`${error.stack}`.includes('00000000'));
    return true;
  });
  await assert.rejects(openKey(token.uri('object=twin'), token.parts), {
    code: keysErrors.key_ambiguous.code,
  });
  await assert.rejects(openKey(token.uri('object=none'), token.parts), { code: keysErrors.key_missing.code });
  const other = token.uri('object=twin').replace('token=plimsoll', 'token=other');
  await assert.rejects(openKey(other, token.parts), { code: keysErrors.key_missing.code });
});
