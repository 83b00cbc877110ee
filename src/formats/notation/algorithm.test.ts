// The signature schemes of the Notary Project: each its own, at its own length.
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import { isSignedBy, signBytes } from './algorithm.ts';

test('algorithm: a PSS signature without the zero that it begins with is none', () => {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const message = Buffer.from('what is signed');
  // Each has a salt of its own; one in 256 begins so.
  let signature = signBytes('PS256', privateKey, message);
  while (signature[0] !== 0) signature = signBytes('PS256', privateKey, message);
  assert.ok(isSignedBy('PS256', publicKey, message, signature));
  assert.ok(!isSignedBy('PS256', publicKey, message, signature.subarray(1)));
  assert.ok(!isSignedBy('PS256', publicKey, message, Buffer.concat([Buffer.alloc(1), signature])));
});
