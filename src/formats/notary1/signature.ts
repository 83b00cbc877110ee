// Whether a key made a signature, by the five methods of Notary v1 (notary tuf/signed/verifiers.go). Every method
// hashes with SHA-256, ed25519 apart; ECDSA signatures are r and s in full length, not DER. A key of the wrong type,
// a short RSA key and a signature of another length are answered like a wrong signature: no.
import { constants, createPublicKey, type KeyObject, verify } from 'node:crypto';
import { readFirstCertificate } from './certificate.ts';
import type { RoleKey } from './role-key.ts';

export interface RoleSignature {
  readonly keyId: string;
  /** In lower case. */
  readonly method: string;
  readonly bytes: Uint8Array;
}

const RSA_BITS = 2048;
/** SubjectPublicKeyInfo around a raw Ed25519 key (RFC 8410 §4). */
const ED25519_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');
/** Bytes of r and s together, by OpenSSL's name of the curve. */
const ECDSA_BYTES: Readonly<Record<string, number>> = Object.freeze({
  secp224r1: 56,
  prime256v1: 64,
  secp384r1: 96,
  secp521r1: 132,
});

/** Never throws: what cannot be read did not sign. */
export function isSignedBy(key: RoleKey, signature: RoleSignature, message: Uint8Array): boolean {
  try {
    const check = methods.get(signature.method);
    return check?.(key, signature.bytes, message) ?? false;
  } catch {
    return false;
  }
}

type Check = (key: RoleKey, signature: Uint8Array, message: Uint8Array) => boolean;

const methods: ReadonlyMap<string, Check> = new Map<string, Check>([
  ['eddsa', isEd25519],
  ['ecdsa', isEcdsa],
  ['rsapss', (key, signature, message) => isRsa(readRsa(key), signature, message, true)],
  ['rsapkcs1v15', (key, signature, message) => isRsa(readRsa(key), signature, message, false)],
  ['pycrypto-pkcs#1 pss', (key, signature, message) => isRsa(readPemRsa(key), signature, message, true)],
]);

function isEd25519(key: RoleKey, signature: Uint8Array, message: Uint8Array): boolean {
  if (key.type !== 'ed25519' || key.bytes.byteLength !== 32 || signature.byteLength !== 64) return false;
  const der = Buffer.concat([ED25519_PREFIX, key.bytes]);
  return verify(null, message, createPublicKey({ key: der, format: 'der', type: 'spki' }), signature);
}

function isEcdsa(key: RoleKey, signature: Uint8Array, message: Uint8Array): boolean {
  if (key.type !== 'ecdsa' && key.type !== 'ecdsa-x509') return false;
  const found = readSpki(key);
  if (found?.asymmetricKeyType !== 'ec') return false;
  const wanted = ECDSA_BYTES[found.asymmetricKeyDetails?.namedCurve ?? ''];
  if (signature.byteLength !== wanted) return false;
  return verify('sha256', message, { key: found, dsaEncoding: 'ieee-p1363' }, signature);
}

function isRsa(
  found: KeyObject | undefined,
  signature: Uint8Array,
  message: Uint8Array,
  isPss: boolean,
): boolean {
  if (found?.asymmetricKeyType !== 'rsa') return false;
  const bits = found.asymmetricKeyDetails?.modulusLength ?? 0;
  // RFC 8017 §8.1.2 wants the whole length; the platform would take a signature whose first byte, a zero, is cut off.
  if (bits < RSA_BITS || signature.byteLength !== Math.ceil(bits / 8)) return false;
  const padding = isPss
    ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }
    : { padding: constants.RSA_PKCS1_PADDING };
  return verify('sha256', message, { key: found, ...padding }, signature);
}

function readRsa(key: RoleKey): KeyObject | undefined {
  return key.type === 'rsa' || key.type === 'rsa-x509' ? readSpki(key) : undefined;
}

/** The key of the first certificate, or the bytes themselves. */
function readSpki(key: RoleKey): KeyObject | undefined {
  const der = key.type.endsWith('-x509') ? readFirstCertificate(key.bytes)?.publicKey : key.bytes;
  if (der === undefined) return undefined;
  return createPublicKey({ key: Buffer.from(der), format: 'der', type: 'spki' });
}

/** This one method holds its key as PEM inside the type `rsa`. */
function readPemRsa(key: RoleKey): KeyObject | undefined {
  const text = Buffer.from(key.bytes).toString('latin1');
  if (key.type !== 'rsa' || !/^-----BEGIN [A-Z ]*PUBLIC KEY-----/.test(text)) return undefined;
  return createPublicKey({ key: text, format: 'pem' });
}
