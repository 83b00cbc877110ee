// What every adapter of the port must do, whatever keeps the key; each adapter's test runs it.
import assert from 'node:assert/strict';
import { verify } from 'node:crypto';
import { type TestContext, test } from 'node:test';
import { readPublicKey, type SignatureAlgorithm } from '../../formats/x509/algorithm.ts';
import {
  algorithmsOfKey,
  hashOfKeyAlgorithm,
  isPss,
  type KeyAlgorithm,
  withAlgorithm,
} from '../../formats/x509/key-algorithm.ts';
import { keysErrors } from './errors.ts';
import type { SigningKey } from './signing-key.ts';

/** One of each kind of key that is made here. */
const made: readonly SignatureAlgorithm[] = [
  'ecdsa-p256-sha256',
  'ecdsa-p384-sha384',
  'rsa-pkcs1-sha256',
  'ed25519',
];
const all: readonly KeyAlgorithm[] = [
  ...made,
  'ecdsa-p521-sha512',
  'rsa-pss-sha256',
  'rsa-pss-sha384',
  'rsa-pss-sha512',
];

/**
 * Registers the contract's tests for one adapter, for the kinds of keys that it has: a key signs with every algorithm
 * of its kind. `padsRsa` is said of a place that has one padding for RSA, that of the kind.
 */
export function testSigningKey<A extends KeyAlgorithm = SignatureAlgorithm>(
  name: string,
  open: (t: TestContext, algorithm: A) => Promise<SigningKey>,
  algorithms: readonly A[] = made as readonly never[],
  padsRsa: 'as-asked' | 'by-itself' = 'as-asked',
): void {
  for (const kind of algorithms)
    test(`${name}: signs with ${kind}, and with nothing else, for many at once`, async (t) => {
      const key = await open(t, kind);
      const own = algorithmsOfKey(key.publicKey);
      assert.ok(own.includes(kind));
      const refused = all.filter(
        (one) => !own.includes(one) || (padsRsa === 'by-itself' && isPss(one) !== isPss(kind)),
      );
      for (const algorithm of all.filter((one) => !refused.includes(one)))
        await checkSignatures(key, algorithm);
      for (const algorithm of refused)
        await assert.rejects(key.sign(new Uint8Array(1), algorithm), {
          code: keysErrors.algorithm_unsuitable.code,
        });
      await checkManyAtOnce(key, kind);
    });
}

async function checkSignatures(key: SigningKey, algorithm: KeyAlgorithm): Promise<void> {
  for (const size of [0, 1, 32, 100_000]) {
    const bytes = new Uint8Array(size).fill(size % 251);
    const signature = await key.sign(bytes, algorithm);
    assert.ok(isSigned(key, algorithm, bytes, signature), `${algorithm}, ${size} bytes`);
    const more = Buffer.concat([bytes, Uint8Array.of(0)]);
    assert.ok(!isSigned(key, algorithm, more, signature), 'and a byte more');
  }
}

/** No signature is that of another's message. */
async function checkManyAtOnce(key: SigningKey, algorithm: KeyAlgorithm): Promise<void> {
  const messages = Array.from({ length: 8 }, (_, at) => Buffer.from(`message ${at}`));
  const signatures = await Promise.all(messages.map((message) => key.sign(message, algorithm)));
  for (const [at, message] of messages.entries())
    assert.ok(isSigned(key, algorithm, message, signatures[at] as Uint8Array), `message ${at}`);
}

function isSigned(
  { publicKey }: SigningKey,
  algorithm: KeyAlgorithm,
  bytes: Uint8Array,
  signature: Uint8Array,
): boolean {
  const hash = hashOfKeyAlgorithm(algorithm) ?? null;
  return verify(hash, bytes, withAlgorithm(algorithm, readPublicKey(publicKey)), signature);
}
