// What a private key signs with, wherever it is kept: the algorithms of certificates and logs here (algorithm.ts), and
// those that the Notary Project takes beside them, RSA-PSS (RFC 8017 §8.1) and P-521. PSS's salt is as long as its hash,
// and its mask is made of the same one. An RSA key has several algorithms: who signs says which; nothing guesses.
import { constants, type KeyObject } from 'node:crypto';
import {
  algorithmOfKey,
  hashOfAlgorithm,
  type MessageHash,
  readPublicKey,
  type SignatureAlgorithm,
} from './algorithm.ts';

export type PssAlgorithm = `rsa-pss-${MessageHash}`;

export type KeyAlgorithm = SignatureAlgorithm | 'ecdsa-p521-sha512' | PssAlgorithm;

const pssHashes: Readonly<Record<PssAlgorithm, MessageHash>> = Object.freeze({
  'rsa-pss-sha256': 'sha256',
  'rsa-pss-sha384': 'sha384',
  'rsa-pss-sha512': 'sha512',
});

/** All that a key of this SubjectPublicKeyInfo signs with, at least one; `x509.key_invalid`. */
export function algorithmsOfKey(publicKey: Uint8Array): readonly [KeyAlgorithm, ...KeyAlgorithm[]] {
  if (readPublicKey(publicKey).asymmetricKeyDetails?.namedCurve === 'secp521r1') return ['ecdsa-p521-sha512'];
  const own = algorithmOfKey(publicKey);
  return own === 'rsa-pkcs1-sha256' ? [own, ...(Object.keys(pssHashes) as PssAlgorithm[])] : [own];
}

export function isPss(algorithm: KeyAlgorithm): algorithm is PssAlgorithm {
  return Object.hasOwn(pssHashes, algorithm);
}

/** What is hashed before it is signed; undefined of Ed25519. */
export function hashOfKeyAlgorithm(algorithm: KeyAlgorithm): MessageHash | undefined {
  if (isPss(algorithm)) return pssHashes[algorithm];
  return algorithm === 'ecdsa-p521-sha512' ? 'sha512' : hashOfAlgorithm(algorithm);
}

/** The key as node:crypto's `sign` and `verify` take it for the algorithm; ECDSA's signatures are DER. */
export function withAlgorithm(
  algorithm: KeyAlgorithm,
  key: KeyObject,
): { readonly key: KeyObject; readonly padding?: number; readonly saltLength?: number } {
  if (!isPss(algorithm)) return { key };
  return { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };
}
