// Keys in Vault: as the port has it, against the engine's documented protocol over loopback, and what goes wrong.
import assert from 'node:assert/strict';
import { constants, sign } from 'node:crypto';
import { type TestContext, test } from 'node:test';
import type { SignatureAlgorithm } from '../../formats/x509/algorithm.ts';
import { limits } from '../../kit/limits.ts';
import { testSigningKey } from './contract-suite.ts';
import { keysErrors } from './errors.ts';
import { generatePrivateKey } from './memory.ts';
import { createTestHttp, type FakeVault, startVault, vaultToken } from './vault.fixture.ts';
import { createVaultKey, openVaultKey, type VaultPlace } from './vault-transit.ts';

const p256: SignatureAlgorithm = 'ecdsa-p256-sha256';
const message = Buffer.from('a message');

async function world(t: TestContext): Promise<{ vault: FakeVault; place: VaultPlace }> {
  const vault = await startVault(t);
  const place = {
    http: createTestHttp(t),
    address: `${vault.address}/`,
    readToken: async () => vaultToken,
    key: 'signing',
  };
  return { vault, place };
}

testSigningKey('a key in Vault', async (t, algorithm) => createVaultKey((await world(t)).place, algorithm));

testSigningKey(
  'a key that was made in Vault',
  async (t, algorithm) => {
    const { vault, place } = await world(t);
    vault.keys.set('signing', [await generatePrivateKey(algorithm)]);
    return openVaultKey(place);
  },
  ['ecdsa-p521-sha512'],
);

test('Vault: one that knows no length of a salt is told from one that signs wrongly', async (t) => {
  const { vault, place } = await world(t);
  const key = await createVaultKey(place, 'rsa-pkcs1-sha256');
  const [privateKey] = vault.keys.get('signing') ?? [];
  assert.ok(privateKey);
  const longest = sign('sha384', message, {
    key: privateKey,
    padding: constants.RSA_PKCS1_PSS_PADDING,
    saltLength: constants.RSA_PSS_SALTLEN_MAX_SIGN,
  });
  const body = (signature: Uint8Array): string =>
    JSON.stringify({ data: { signature: `vault:v1:${Buffer.from(signature).toString('base64')}` } });
  vault.answers.push({ status: 200, body: body(longest) });
  await assert.rejects(key.sign(message, 'rsa-pss-sha384'), {
    code: keysErrors.algorithm_unsuitable.code,
    message: /pads RSA otherwise than rsa-pss-sha384 does: use a key there that signs with RSA-PSS/,
  });
  vault.answers.push({ status: 200, body: body(sign('sha384', Buffer.from('another'), privateKey)) });
  await assert.rejects(key.sign(message, 'rsa-pss-sha384'), { code: keysErrors.unavailable.code });
});

test('Vault: the version that was opened signs after a rotation, and another can be named', async (t) => {
  const { vault, place } = await world(t);
  const first = await createVaultKey(place, p256);
  vault.keys.get('signing')?.push(await generatePrivateKey(p256));
  await first.sign(message, p256);
  const newest = await openVaultKey(place);
  assert.notDeepEqual(newest.publicKey, first.publicKey);
  await newest.sign(message, p256);
  assert.deepEqual((await openVaultKey({ ...place, version: 1 })).publicKey, first.publicKey);
  await assert.rejects(openVaultKey({ ...place, version: 3 }), {
    code: keysErrors.key_missing.code,
    message: /the key signing in Vault at 127\.0\.0\.1:\d+ has no version 3/,
  });
});

test('Vault: a key that is there is not made anew, and one that is not is said so', async (t) => {
  const { place } = await world(t);
  await assert.rejects(openVaultKey(place), { code: keysErrors.key_missing.code, kind: 'missing' });
  await createVaultKey(place, 'ed25519');
  await assert.rejects(createVaultKey(place, 'ed25519'), { code: keysErrors.key_present.code });
});

test('Vault: a key of another kind that somebody made meanwhile is not taken for the new one', async (t) => {
  const { vault, place } = await world(t);
  vault.keys.set('signing', [await generatePrivateKey('ed25519')]);
  vault.answers.push({ status: 404, body: '{"errors":[]}' }, { status: 204, body: '' });
  await assert.rejects(createVaultKey(place, p256), { code: keysErrors.key_present.code });
});

test('Vault: namespace and mount are where they belong', async (t) => {
  const { vault, place } = await world(t);
  vault.answers.push({ status: 404, body: '{"errors":[]}' });
  await assert.rejects(openVaultKey({ ...place, namespace: 'team/a', mount: 'team/transit' }));
  assert.deepEqual(vault.requests, [
    { method: 'GET', path: '/v1/team/transit/keys/signing', namespace: 'team/a' },
  ]);
});

test('Vault: what passes is asked again, what does not is told, and the token in none of it', async (t) => {
  const { vault, place } = await world(t);
  const key = await createVaultKey(place, p256);
  vault.answers.push({ status: 503, body: '' }, { status: 429, body: '' });
  await key.sign(message, p256);
  const denied = { ...place, readToken: async () => 'hvs.another' };
  await assert.rejects(openVaultKey(denied), { code: keysErrors.access_denied.code, kind: 'denied' });
  const said = [
    { status: 400, body: `{"errors":["no such hash, ${vaultToken}"]}`, why: /answers 400: no such hash, …/ },
    { status: 200, body: 'no JSON', why: /answers 200 with what is not JSON/ },
    { status: 200, body: '{}', why: /answers with no signature of version 1/ },
    {
      status: 200,
      body: '{"data":{"signature":"vault:v2:AAAA"}}',
      why: /answers with no signature of version 1/,
    },
    {
      status: 200,
      body: '{"data":{"signature":"vault:v1:AAAA"}}',
      why: /gave is not a signature by its key/,
    },
    { status: 307, body: '', location: 'https://other.example', why: /sends to another server/ },
  ];
  for (const { why, ...answer } of said) {
    vault.answers.push(answer);
    await assert.rejects(key.sign(message, p256), (error: Error & { code: string }) => {
      assert.equal(error.code, keysErrors.unavailable.code, error.message);
      assert.match(error.message, why);
      assert.ok(!`${error.stack} ${JSON.stringify(error)}`.includes(vaultToken));
      return true;
    });
  }
});

test('Vault: a server that is not there, or does not answer in time, is unavailable', async (t) => {
  const { vault, place } = await world(t);
  const gone = { ...place, address: 'http://127.0.0.1:1' };
  await assert.rejects(openVaultKey(gone), {
    code: keysErrors.unavailable.code,
    message: /cannot be asked: .*nothing listens/,
  });
  vault.answers.push({ status: 0, body: '' });
  await assert.rejects(openVaultKey({ ...place, timeoutMs: 50 }), {
    code: keysErrors.unavailable.code,
    message: /did not answer within 50 ms/,
  });
  await assert.rejects(openVaultKey({ ...place, address: 'http://vault.example' }), {
    code: 'net.plaintext_refused',
  });
  // Nothing was sent in the clear, and what was not answered was not sent twice.
  assert.ok(vault.requests.length <= 1);
});

test('Vault: a message that is sent whole has a bound, a hash has none', async (t) => {
  const { place } = await world(t);
  const large = new Uint8Array(limits.keyMessageBytes + 1);
  const edwards = await createVaultKey(place, 'ed25519');
  await assert.rejects(edwards.sign(large, 'ed25519'), {
    code: keysErrors.message_too_large.code,
    kind: 'limited',
  });
  const curve = await createVaultKey({ ...place, key: 'other' }, p256);
  assert.ok((await curve.sign(large, p256)).byteLength > 60);
});
