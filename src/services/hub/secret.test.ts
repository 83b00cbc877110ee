import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { systemRandom } from '../../kit/clock.ts';
import { createSecret, hashSecret, isSecret, looksLikeSecret } from './secret.ts';

test('a secret is 43 characters that say what they are, each another', () => {
  const made = new Set(Array.from({ length: 200 }, () => createSecret(systemRandom)));
  assert.equal(made.size, 200);
  for (const secret of made) {
    assert.match(secret, /^plms_[0-9A-Za-z]{38}$/);
    assert.ok(isSecret(secret) && looksLikeSecret(secret));
    assert.match(hashSecret(secret), /^[0-9a-f]{64}$/);
  }
});

test('every character is as likely as another: bytes that do not divide are thrown away', () => {
  let at = 0;
  const random = {
    uuid: () => '',
    bytes: (size: number) => Uint8Array.from({ length: size }, () => at++ % 256),
  };
  const secret = createSecret(random);
  assert.equal(secret.slice(5, 37), '0123456789ABCDEFGHIJKLMNOPQRSTUV');
  at = 248;
  assert.equal(createSecret(random).slice(5, 7), '01', 'the eight bytes over 247 are left out');
});

test('one wrong character is told from a secret without asking anybody', () => {
  const secret = createSecret(systemRandom);
  fc.assert(
    fc.property(fc.integer({ min: 5, max: 42 }), fc.constantFrom(...'0Aaz9Z'), (at, character) => {
      const other = secret.slice(0, at) + character + secret.slice(at + 1);
      assert.equal(isSecret(other), other === secret);
    }),
  );
  for (const text of ['', 'plms_', secret.slice(1), `${secret}0`, secret.slice(0, -1), 'correct horse'])
    assert.equal(isSecret(text), false);
});
