// The signature schemes of the Notary Project: each its own, at its own length.
import assert from 'node:assert/strict';
import { constants, generateKeyPairSync, sign } from 'node:crypto';
import { test } from 'node:test';
import { isSignedBy } from './algorithm.ts';

test('algorithm: a PSS signature without the zero that it begins with is none', () => {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const message = Buffer.from('what is signed');
  // Each has a salt of its own; one in 256 begins so.
  const padding = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 };
  let signature = sign('sha256', message, { key: privateKey, ...padding });
  while (signature[0] !== 0) signature = sign('sha256', message, { key: privateKey, ...padding });
  assert.ok(isSignedBy('PS256', publicKey, message, signature));
  assert.ok(!isSignedBy('PS256', publicKey, message, signature.subarray(1)));
  assert.ok(!isSignedBy('PS256', publicKey, message, Buffer.concat([Buffer.alloc(1), signature])));
});
