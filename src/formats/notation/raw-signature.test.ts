// Signatures of keys in the form of envelopes: every one that Node makes, and any bytes at all.
import assert from 'node:assert/strict';
import { constants, generateKeyPairSync, sign } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { isPlimsollError } from '../../kit/error.ts';
import { algorithmOfKey, isSignedBy, type NotationAlgorithm } from './algorithm.ts';
import { notationErrors } from './errors.ts';
import { formatRawSignature } from './raw-signature.ts';

const { RSA_PKCS1_PSS_PADDING: padding, RSA_PSS_SALTLEN_DIGEST: saltLength } = constants;
const hashes = { ES256: 'sha256', ES384: 'sha384', ES512: 'sha512' } as const;

for (const [namedCurve, name] of [
  ['P-256', 'ES256'],
  ['P-384', 'ES384'],
  ['P-521', 'ES512'],
] as const)
  test(`raw signature: ${name} of a key’s DER, also where a number is short`, () => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve });
    assert.equal(algorithmOfKey(publicKey), name);
    // One number in 128 begins with a byte of zeros, or is shorter.
    for (let at = 0; at < 400; at += 1) {
      const bytes = Buffer.from(`message ${at}`);
      const raw = formatRawSignature(name, sign(hashes[name], bytes, privateKey));
      assert.ok(isSignedBy(name, publicKey, bytes, raw), `message ${at}`);
    }
  });

test('raw signature: RSA-PSS is the same in both forms', () => {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const signature = sign('sha256', Buffer.from('a message'), { key: privateKey, padding, saltLength });
  assert.deepEqual(formatRawSignature('PS256', signature), signature);
});

test('raw signature: one of another curve, and what is none, is refused', () => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-384' });
  const long = sign('sha384', Buffer.from('a message'), privateKey);
  const code = notationErrors.signature_wrong.code;
  assert.throws(() => formatRawSignature('ES256', long), { code, message: /no ECDSA signature for ES256/ });
  for (const hex of ['', '3000', '3003020101', '3006020101020181', '3006020101040101', '300602010102010100'])
    assert.throws(() => formatRawSignature('ES256', Buffer.from(hex, 'hex')), { code }, hex);
});

test('raw signature: any bytes are one, or refused with a code', () => {
  const names = fc.constantFrom<NotationAlgorithm>('ES256', 'ES384', 'ES512');
  fc.assert(
    fc.property(names, fc.uint8Array({ maxLength: 150 }), (name, bytes) => {
      try {
        const raw = formatRawSignature(name, bytes);
        assert.ok([64, 96, 132].includes(raw.byteLength));
      } catch (error) {
        assert.ok(isPlimsollError(error), String(error));
      }
    }),
  );
});
