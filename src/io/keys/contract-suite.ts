// What every adapter of the port must do, whatever keeps the key; each adapter's test runs it.
import assert from 'node:assert/strict';
import { verify } from 'node:crypto';
import { type TestContext, test } from 'node:test';
import {
  algorithmOfKey,
  hashOfAlgorithm,
  readPublicKey,
  type SignatureAlgorithm,
} from '../../formats/x509/algorithm.ts';
import { keysErrors } from './errors.ts';
import type { SigningKey } from './signing-key.ts';

const all: readonly SignatureAlgorithm[] = [
  'ecdsa-p256-sha256',
  'ecdsa-p384-sha384',
  'rsa-pkcs1-sha256',
  'ed25519',
];

/** Registers the contract's tests for one adapter, for the algorithms that it has. */
export function testSigningKey(
  name: string,
  open: (t: TestContext, algorithm: SignatureAlgorithm) => Promise<SigningKey>,
  algorithms: readonly SignatureAlgorithm[] = all,
): void {
  for (const algorithm of algorithms)
    test(`${name}: signs with ${algorithm}, and with nothing else, for many at once`, async (t) => {
      const key = await open(t, algorithm);
      await checkSignatures(key, algorithm);
      await checkOthersRefused(key, algorithm);
      await checkManyAtOnce(key, algorithm);
    });
}

async function checkSignatures(key: SigningKey, algorithm: SignatureAlgorithm): Promise<void> {
  assert.equal(algorithmOfKey(key.publicKey), algorithm);
  for (const size of [0, 1, 32, 100_000]) {
    const bytes = new Uint8Array(size).fill(size % 251);
    const signature = await key.sign(bytes, algorithm);
    assert.ok(isSigned(key, bytes, signature), `${size} bytes`);
    assert.ok(!isSigned(key, Buffer.concat([bytes, Uint8Array.of(0)]), signature), 'and a byte more');
  }
}

async function checkOthersRefused(key: SigningKey, algorithm: SignatureAlgorithm): Promise<void> {
  for (const other of all.filter((one) => one !== algorithm))
    await assert.rejects(key.sign(new Uint8Array(1), other), { code: keysErrors.algorithm_unsuitable.code });
}

/** No signature is that of another's message. */
async function checkManyAtOnce(key: SigningKey, algorithm: SignatureAlgorithm): Promise<void> {
  const messages = Array.from({ length: 8 }, (_, at) => Buffer.from(`message ${at}`));
  const signatures = await Promise.all(messages.map((message) => key.sign(message, algorithm)));
  for (const [at, message] of messages.entries())
    assert.ok(isSigned(key, message, signatures[at] as Uint8Array), `message ${at}`);
}

function isSigned({ publicKey }: SigningKey, bytes: Uint8Array, signature: Uint8Array): boolean {
  const hash = hashOfAlgorithm(algorithmOfKey(publicKey)) ?? null;
  return verify(hash, bytes, readPublicKey(publicKey), signature);
}
