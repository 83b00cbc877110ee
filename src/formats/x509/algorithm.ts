// The signature algorithms that certificates, logs and timestamps here are signed with, by one name each. ECDSA
// signatures are DER (RFC 3279 §2.2.3), Ed25519's the 64 bytes. How X.509 spells them stands in
// algorithm-identifier.ts: who signs with a key writes no ASN.1.
import { createPublicKey, type KeyObject } from 'node:crypto';
import { x509Errors } from './errors.ts';

export type SignatureAlgorithm = 'ecdsa-p256-sha256' | 'ecdsa-p384-sha384' | 'rsa-pkcs1-sha256' | 'ed25519';

/** What is hashed before it is signed; Ed25519 takes the message itself. */
export type MessageHash = 'sha256' | 'sha384' | 'sha512';

interface AlgorithmFacts {
  readonly hash?: MessageHash;
  /** protobuf-specs PublicKeyDetails. */
  readonly keyDetails: string;
}

const facts: Readonly<Record<SignatureAlgorithm, AlgorithmFacts>> = Object.freeze({
  'ecdsa-p256-sha256': { hash: 'sha256', keyDetails: 'PKIX_ECDSA_P256_SHA_256' },
  'ecdsa-p384-sha384': { hash: 'sha384', keyDetails: 'PKIX_ECDSA_P384_SHA_384' },
  'rsa-pkcs1-sha256': { hash: 'sha256', keyDetails: 'PKIX_RSA_PKCS1V15_3072_SHA256' },
  ed25519: { keyDetails: 'PKIX_ED25519' },
});

/** The hash that belongs to the algorithm; undefined of Ed25519. */
export function hashOfAlgorithm(algorithm: SignatureAlgorithm): MessageHash | undefined {
  return facts[algorithm].hash;
}

/** The name of key and algorithm in a bundle's log entry and in a trusted root; RSA by its size. */
export function keyDetailsOf(publicKey: Uint8Array): string {
  const algorithm = algorithmOfKey(publicKey);
  if (algorithm !== 'rsa-pkcs1-sha256') return facts[algorithm].keyDetails;
  const bits = readPublicKey(publicKey).asymmetricKeyDetails?.modulusLength;
  return `PKIX_RSA_PKCS1V15_${bits}_SHA256`;
}

/** The one algorithm that a key of this SubjectPublicKeyInfo signs with; `x509.key_invalid`. */
export function algorithmOfKey(publicKey: Uint8Array): SignatureAlgorithm {
  const key = readPublicKey(publicKey);
  const { namedCurve, modulusLength = 0 } = key.asymmetricKeyDetails ?? {};
  if (key.asymmetricKeyType === 'ed25519') return 'ed25519';
  if (key.asymmetricKeyType === 'rsa' && [2048, 3072, 4096].includes(modulusLength))
    return 'rsa-pkcs1-sha256';
  if (key.asymmetricKeyType === 'ec' && namedCurve === 'prime256v1') return 'ecdsa-p256-sha256';
  if (key.asymmetricKeyType === 'ec' && namedCurve === 'secp384r1') return 'ecdsa-p384-sha384';
  const shown = namedCurve ?? (modulusLength > 0 ? `of ${modulusLength} bits` : '');
  throw x509Errors.key_invalid(
    `a key of type ${key.asymmetricKeyType} ${shown} is none of P-256, P-384, Ed25519, and RSA of 2048, 3072 or 4096 bits`,
  );
}

/** `x509.key_invalid` unless the bytes are a SubjectPublicKeyInfo. */
export function readPublicKey(publicKey: Uint8Array): KeyObject {
  try {
    return createPublicKey({ key: Buffer.from(publicKey), format: 'der', type: 'spki' });
  } catch (cause) {
    throw x509Errors.key_invalid('the bytes are not a public key (SubjectPublicKeyInfo, DER)', { cause });
  }
}

const ED25519_PREFIX_BYTES = 12;

/** The 32 bytes of an Ed25519 key, as logs' notes and ids have it; `x509.key_invalid` of any other. */
export function rawEd25519(publicKey: Uint8Array): Uint8Array {
  if (algorithmOfKey(publicKey) !== 'ed25519') throw x509Errors.key_invalid('the key is not Ed25519');
  return publicKey.subarray(ED25519_PREFIX_BYTES);
}
