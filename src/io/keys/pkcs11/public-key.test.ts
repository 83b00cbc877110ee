// What tokens say of public keys: in each form that they have it, wrong, and anything at all.
import assert from 'node:assert/strict';
import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { isPlimsollError } from '../../../kit/error.ts';
import { keysErrors } from '../errors.ts';
import type { TokenPublicKey } from './protocol.ts';
import { formatTokenKey } from './public-key.ts';

const P256 = '06082a8648ce3d030107';
const base64 = (bytes: Uint8Array | string): string =>
  Buffer.from(typeof bytes === 'string' ? Buffer.from(bytes, 'hex') : bytes).toString('base64');
const { privateKey: curveKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const { privateKey: edwardsKey } = generateKeyPairSync('ed25519');

function spkiOf(key: KeyObject): Buffer {
  return createPublicKey(key).export({ format: 'der', type: 'spki' });
}

test('a token’s public key: a point with its tag or without is the same key', () => {
  const point = spkiOf(curveKey).subarray(-65);
  for (const given of [point, Buffer.concat([Uint8Array.of(4, 65), point])])
    assert.deepEqual(
      Buffer.from(formatTokenKey({ kind: 'ec', parameters: base64(P256), point: base64(given) })),
      spkiOf(curveKey),
    );
  const raw = spkiOf(edwardsKey).subarray(-32);
  for (const given of [raw, Buffer.concat([Uint8Array.of(4, 32), raw])])
    for (const parameters of ['130c656477617264733235353139', '06032b6570', '06092b06010401da470f01'])
      assert.deepEqual(
        Buffer.from(
          formatTokenKey({ kind: 'edwards', parameters: base64(parameters), point: base64(given) }),
        ),
        spkiOf(edwardsKey),
      );
});

test('a token’s public key: a point that begins as its own tag and length would is the point', () => {
  // One in 256: the first number's first byte is what is left of an octet string’s length.
  const x = '3ff4bd3f1612d9e8808fc0516fbd888cd760f3adf46668dc2e08e0142149535e';
  const y = '7c7b58167cb33c082bdbcb7308de098c01ec0a2d4a6882beb772c467fb86816d';
  const point = Buffer.from(`04${x}${y}`, 'hex');
  for (const given of [point, Buffer.concat([Uint8Array.of(4, 65), point])]) {
    const made = formatTokenKey({ kind: 'ec', parameters: base64(P256), point: base64(given) });
    assert.deepEqual(Buffer.from(made).subarray(-65), point);
  }
});

test('a token’s public key: what is not signed with, and what is no key, is refused with its reason', () => {
  const unsuitable = keysErrors.algorithm_unsuitable.code;
  const small = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey.export({ format: 'jwk' });
  const rsa: TokenPublicKey = {
    kind: 'rsa',
    modulus: base64(Buffer.from(small.n ?? '', 'base64url')),
    exponent: 'AQAB',
  };
  assert.throws(() => formatTokenKey(rsa), { code: unsuitable, message: /of 1024 bits/ });
  const k256: TokenPublicKey = { kind: 'ec', parameters: base64('06052b8104000a'), point: 'BA==' };
  assert.throws(() => formatTokenKey(k256), { code: unsuitable, message: /none of P-256, P-384 and P-521/ });
  const ed448: TokenPublicKey = { kind: 'edwards', parameters: base64('06032b6571'), point: '' };
  assert.throws(() => formatTokenKey(ed448), { code: unsuitable, message: /than Ed25519/ });
  const compressed: TokenPublicKey = { kind: 'ec', parameters: base64(P256), point: base64('0403020000') };
  assert.throws(() => formatTokenKey(compressed), {
    code: keysErrors.unavailable.code,
    message: /no uncompressed point/,
  });
  assert.throws(() => formatTokenKey({ kind: 'certificate', der: 'AAAA' }), {
    code: keysErrors.unavailable.code,
    message: /certificate cannot be read/,
  });
});

test('a token’s public key: any bytes are a key that is signed with, or refused with a code', () => {
  const text = fc.uint8Array({ maxLength: 80 }).map((bytes) => base64(bytes));
  const parameters = fc.oneof(text, fc.constant(base64(P256)), fc.constant(base64('06032b6570')));
  fc.assert(
    fc.property(
      fc.constantFrom('rsa', 'ec', 'edwards', 'spki', 'certificate'),
      text,
      parameters,
      (kind, a, b) => {
        const key = { kind, der: a, modulus: a, exponent: b, parameters: b, point: a } as TokenPublicKey;
        try {
          formatTokenKey(key);
        } catch (error) {
          assert.ok(isPlimsollError(error), String(error));
        }
      },
    ),
  );
});
