// Signatures over a digest alone: those that node makes over the message hold, and nothing else does.
import assert from 'node:assert/strict';
import { generateKeyPairSync, hash, sign } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { isDigestSignedBy } from './digest-signature.ts';
import { x509Errors } from './errors.ts';

const pairs = {
  p256: generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  p384: generateKeyPairSync('ec', { namedCurve: 'P-384' }),
  ed25519: generateKeyPairSync('ed25519'),
  rsa: generateKeyPairSync('rsa', { modulusLength: 2048 }),
};
const spki = (name: keyof typeof pairs): Uint8Array =>
  pairs[name].publicKey.export({ format: 'der', type: 'spki' });
const digestOf = (text: string): Uint8Array => hash('sha256', text, 'buffer');

test('digest signature: what node signed over the message holds over its digest, many times', () => {
  for (const name of ['p256', 'rsa'] as const)
    for (let round = 0; round < 40; round += 1) {
      const signature = sign('sha256', Buffer.from(`message ${round}`), pairs[name].privateKey);
      assert.equal(isDigestSignedBy(spki(name), digestOf(`message ${round}`), signature), true, name);
      assert.equal(isDigestSignedBy(spki(name), digestOf('another'), signature), false, name);
    }
});

test('digest signature: another key, another hash and a key of another kind do not hold', () => {
  const message = Buffer.from('message');
  const digest = digestOf('message');
  const other = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  assert.equal(isDigestSignedBy(spki('p256'), digest, sign('sha256', message, other)), false);
  for (const name of ['p256', 'rsa'] as const) {
    assert.equal(
      isDigestSignedBy(spki(name), digest, sign('sha384', message, pairs[name].privateKey)),
      false,
    );
    const whole = hash('sha384', message, 'buffer');
    assert.equal(isDigestSignedBy(spki(name), whole, sign('sha384', message, pairs[name].privateKey)), false);
  }
  assert.equal(isDigestSignedBy(spki('p384'), digest, sign('sha256', message, pairs.p384.privateKey)), false);
  assert.equal(
    isDigestSignedBy(spki('ed25519'), digest, sign(null, digest, pairs.ed25519.privateKey)),
    false,
  );
  assert.throws(() => isDigestSignedBy(Buffer.from('no key'), digest, message), {
    code: x509Errors.key_invalid.code,
  });
});

test('digest signature: no bytes hold or throw', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.constantFrom('p256', 'rsa' as const), (bytes, name) => {
      assert.equal(isDigestSignedBy(spki(name), digestOf('message'), bytes), false);
    }),
  );
});
