// Keys that live as long as the process: those of certificates that are good for minutes, and those of tests.
import { generateKeyPair, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import type { KeyAlgorithm } from '../../formats/x509/key-algorithm.ts';
import { signWith } from './sign.ts';
import type { SigningKey } from './signing-key.ts';

const RSA_BITS = 3072;
const generate = promisify(generateKeyPair);

/** A fresh key that has the algorithm. */
export async function createMemoryKey(algorithm: KeyAlgorithm): Promise<SigningKey> {
  return signWith(await generatePrivateKey(algorithm));
}

/** A fresh private key that has the algorithm. */
export async function generatePrivateKey(algorithm: KeyAlgorithm): Promise<KeyObject> {
  switch (algorithm) {
    case 'ecdsa-p256-sha256':
      return (await generate('ec', { namedCurve: 'P-256' })).privateKey;
    case 'ecdsa-p384-sha384':
      return (await generate('ec', { namedCurve: 'P-384' })).privateKey;
    case 'ecdsa-p521-sha512':
      return (await generate('ec', { namedCurve: 'P-521' })).privateKey;
    case 'rsa-pkcs1-sha256':
    case 'rsa-pss-sha256':
    case 'rsa-pss-sha384':
    case 'rsa-pss-sha512':
      return (await generate('rsa', { modulusLength: RSA_BITS })).privateKey;
    case 'ed25519':
      return (await generate('ed25519')).privateKey;
  }
}
