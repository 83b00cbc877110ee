// The only place where this domain asks node:crypto about signatures. Keys are SubjectPublicKeyInfo in DER. A key's
// kind decides its hash, as in Sigstore's registry of algorithms: a P-384 key signs by SHA-384 and nothing else, so
// that no signature holds under a weaker hash than its key promises.
import { createPublicKey, hash, type KeyObject, verify } from 'node:crypto';
import type { HashName } from '../../formats/sigstore/hash-name.ts';

export interface PublicKey {
  /** As `ECDSA P-256`, `RSA 3072`, `Ed25519`. */
  readonly kind: string;
  /** What it signs a message by; undefined where the algorithm hashes by itself. */
  readonly hash: HashName | undefined;
  /** SubjectPublicKeyInfo, DER. */
  readonly der: Uint8Array;
  readonly handle: KeyObject;
}

const CURVES: Readonly<Record<string, readonly [string, HashName]>> = {
  prime256v1: ['ECDSA P-256', 'sha256'],
  secp384r1: ['ECDSA P-384', 'sha384'],
  secp521r1: ['ECDSA P-521', 'sha512'],
};

const RSA_BITS = 2048;

/** Undefined where the key cannot be read, or is of a kind that nobody should sign with. */
export function readPublicKey(bytes: Uint8Array): PublicKey | undefined {
  const known = open(bytes, 'spki');
  const handle = known ?? open(bytes, 'pkcs1');
  if (handle === undefined) return undefined;
  const der = known === undefined ? handle.export({ format: 'der', type: 'spki' }) : bytes;
  const { asymmetricKeyType, asymmetricKeyDetails } = handle;
  if (asymmetricKeyType === 'ed25519') return { kind: 'Ed25519', hash: undefined, der, handle };
  if (asymmetricKeyType === 'rsa') {
    const bits = asymmetricKeyDetails?.modulusLength ?? 0;
    return bits < RSA_BITS || bits > 16_384
      ? undefined
      : { kind: `RSA ${bits}`, hash: 'sha256', der, handle };
  }
  const curve = asymmetricKeyType === 'ec' ? CURVES[asymmetricKeyDetails?.namedCurve ?? ''] : undefined;
  return curve && { kind: curve[0], hash: curve[1], der, handle };
}

function open(bytes: Uint8Array, type: 'spki' | 'pkcs1'): KeyObject | undefined {
  try {
    return createPublicKey({ key: Buffer.from(bytes), format: 'der', type });
  } catch {
    return undefined;
  }
}

/** Whether the key signed the message, by its own hash or by the one that is named. */
export function isSignedBy(
  key: PublicKey,
  message: Uint8Array,
  signature: Uint8Array,
  hashName: HashName | undefined = key.hash,
): boolean {
  try {
    return verify(key.hash === undefined ? null : hashName, message, key.handle, signature);
  } catch {
    return false;
  }
}

/** SHA-256 of the key's DER, hex: what one key is told from another by. */
export function thumbprintOf(der: Uint8Array): string {
  return hash('sha256', der);
}

export function digestBytes(name: HashName, bytes: Uint8Array): Buffer {
  return hash(name, bytes, 'buffer');
}

export function isSameBytes(one: Uint8Array, other: Uint8Array): boolean {
  return Buffer.compare(one, other) === 0;
}

/** By the dotted name of a hash, or of a signature algorithm that has one; undefined of any other, SHA-1 too. */
export function hashOfOid(oid: string): HashName | undefined {
  return OIDS[oid];
}

const OIDS: Readonly<Record<string, HashName>> = {
  '2.16.840.1.101.3.4.2.1': 'sha256',
  '2.16.840.1.101.3.4.2.2': 'sha384',
  '2.16.840.1.101.3.4.2.3': 'sha512',
  '1.2.840.10045.4.3.2': 'sha256',
  '1.2.840.10045.4.3.3': 'sha384',
  '1.2.840.10045.4.3.4': 'sha512',
  '1.2.840.113549.1.1.11': 'sha256',
  '1.2.840.113549.1.1.12': 'sha384',
  '1.2.840.113549.1.1.13': 'sha512',
};
