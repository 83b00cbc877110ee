// cosign's key files: what is written is read again, and what is foreign is refused before it costs anything.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isPlimsollError } from '../../kit/error.ts';
import { limits } from '../../kit/limits.ts';
import { type CosignKeyParts, formatCosignKey, isCosignKey, parseCosignKey } from './cosign-key.ts';
import { sigstoreErrors } from './errors.ts';

const parts: CosignKeyParts = {
  cost: 65_536,
  blockSize: 8,
  parallelization: 1,
  salt: new Uint8Array(32).fill(1),
  nonce: new Uint8Array(24).fill(2),
  encrypted: new Uint8Array(154).fill(3),
};
const invalid = { code: sigstoreErrors.key_invalid.code };

/** The file with another document in it. */
function fileOf(document: unknown, label = 'ENCRYPTED SIGSTORE PRIVATE KEY'): string {
  const body = Buffer.from(JSON.stringify(document)).toString('base64');
  return `-----BEGIN ${label}-----\n${body}\n-----END ${label}-----\n`;
}

const document = {
  kdf: { name: 'scrypt', params: { N: 65_536, r: 8, p: 1 }, salt: 'AQ==' },
  cipher: { name: 'nacl/secretbox', nonce: Buffer.from(parts.nonce).toString('base64') },
  ciphertext: 'AQID',
};

test('cosign key: written and read again, under either label', () => {
  const text = formatCosignKey(parts);
  assert.ok(isCosignKey(text));
  const read = parseCosignKey(text);
  assert.deepEqual(
    { ...read, salt: [...read.salt], nonce: [...read.nonce], encrypted: [...read.encrypted] },
    { ...parts, salt: [...parts.salt], nonce: [...parts.nonce], encrypted: [...parts.encrypted] },
  );
  assert.equal(parseCosignKey(text.replaceAll('SIGSTORE', 'COSIGN')).cost, 65_536);
  assert.ok(!isCosignKey('-----BEGIN PRIVATE KEY-----'));
});

test('cosign key: what is none is refused, and says where', () => {
  const { kdf, cipher } = document;
  for (const [one, where] of [
    [{ ...document, kdf: { ...kdf, name: 'argon2' } }, /kdf/],
    [{ ...document, kdf: { name: 'scrypt', params: kdf.params } }, /salt/],
    [{ ...document, cipher: { ...cipher, name: 'aes' } }, /cipher/],
    [{ ...document, cipher: { ...cipher, nonce: 'AQ==' } }, /nonce/],
    [{ ...document, ciphertext: undefined }, /ciphertext/],
    [[], /object/],
  ] as const)
    assert.throws(() => parseCosignKey(fileOf(one)), { ...invalid, message: where });
  assert.throws(() => parseCosignKey('x'.repeat(limits.keyFileBytes + 1)), invalid);
});

test('cosign key: a cost that would take the machine is refused before anything is derived', () => {
  for (const params of [
    { N: 2 ** 30, r: 8, p: 1 },
    { N: 2 ** 16, r: 8, p: 2 ** 20 },
    { N: 3, r: 8, p: 1 },
    { N: 2 ** 16, r: 0, p: 1 },
    { N: 2 ** 16, r: 8 },
    { N: 2.5, r: 8, p: 1 },
  ])
    assert.throws(() => parseCosignKey(fileOf({ ...document, kdf: { ...document.kdf, params } })), invalid);
});

test('cosign key: any text is read or refused, and never costs more than the bound', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.jsonValue().map((value) => fileOf(value)),
      ),
      (text) => {
        try {
          const { cost, blockSize } = parseCosignKey(text);
          assert.ok(128 * cost * blockSize <= limits.scryptBytes);
        } catch (error) {
          assert.ok(isPlimsollError(error, invalid), String(error));
        }
      },
    ),
  );
});
