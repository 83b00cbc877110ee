// A token's public key as SubjectPublicKeyInfo: RSA's numbers, an elliptic curve's parameters and point (PKCS #11
// §2.3, RFC 5480 §2, RFC 8410 §4), or the key of a certificate. What a token says is foreign: what does not make a
// key that is signed with is refused.
import { X509Certificate } from 'node:crypto';
import { derBits, derInteger, derNull, derOctets, derOid, derSequence } from '../../../formats/x509/der.ts';
import { algorithmsOfKey } from '../../../formats/x509/key-algorithm.ts';
import { keysErrors } from '../errors.ts';
import type { TokenPublicKey } from './protocol.ts';

const RSA_ENCRYPTION = '1.2.840.113549.1.1.1';
const EC_PUBLIC_KEY = '1.2.840.10045.2.1';
const ED25519 = '1.3.101.112';
const UNCOMPRESSED = 0x04;
const OCTET_STRING = 0x04;
const ED25519_BYTES = 32;
/** By their parameters. An uncompressed point is a byte and two numbers (SEC 1 §2.3.3). */
const curves: Readonly<Record<string, { readonly oid: string; readonly pointBytes: number }>> = Object.freeze(
  {
    '06082a8648ce3d030107': { oid: '1.2.840.10045.3.1.7', pointBytes: 65 },
    '06052b81040022': { oid: '1.3.132.0.34', pointBytes: 97 },
    '06052b81040023': { oid: '1.3.132.0.35', pointBytes: 133 },
  },
);
/** "edwards25519" as a PrintableString, its object identifier, and what RFC 8410 calls it. */
const ed25519Parameters = ['130c656477617264733235353139', '06092b06010401da470f01', '06032b6570'];

/** DER; `keys.algorithm_unsuitable` of a curve that is not signed with, `keys.unavailable` of what is no key. */
export function formatTokenKey(key: TokenPublicKey): Uint8Array {
  const publicKey = put(key);
  try {
    algorithmsOfKey(publicKey);
    return publicKey;
  } catch (cause) {
    throw keysErrors.algorithm_unsuitable(
      `the token’s key cannot be signed with: ${(cause as Error).message}`,
      { cause },
    );
  }
}

function put(key: TokenPublicKey): Uint8Array {
  switch (key.kind) {
    case 'spki':
      return bytesOf(key.der);
    case 'certificate':
      return readCertificate(bytesOf(key.der));
    case 'rsa':
      return derSequence(
        derSequence(derOid(RSA_ENCRYPTION), derNull()),
        derBits(derSequence(derInteger(bytesOf(key.modulus)), derInteger(bytesOf(key.exponent)))),
      );
    case 'ec':
      return formatCurveKey(bytesOf(key.parameters), bytesOf(key.point));
    case 'edwards':
      return formatEdwardsKey(bytesOf(key.parameters), bytesOf(key.point));
  }
}

function readCertificate(der: Uint8Array): Uint8Array {
  try {
    return new X509Certificate(der).publicKey.export({ format: 'der', type: 'spki' });
  } catch (cause) {
    throw keysErrors.unavailable('the token’s certificate cannot be read', { cause });
  }
}

function formatCurveKey(parameters: Uint8Array, point: Uint8Array): Uint8Array {
  const curve = curves[Buffer.from(parameters).toString('hex')];
  if (curve === undefined)
    throw keysErrors.algorithm_unsuitable(
      'the token’s key is on a curve that is none of P-256, P-384 and P-521',
    );
  // Some tokens give the point itself, which begins with the same byte, and one point in 256 goes on as an octet string
  // would: the whole length tells, and nothing else does.
  const { oid, pointBytes } = curve;
  const raw = point.subarray(-pointBytes);
  const isWrapped = Buffer.compare(point, derOctets(raw)) === 0;
  if ((point.byteLength !== pointBytes && !isWrapped) || raw[0] !== UNCOMPRESSED)
    throw keysErrors.unavailable('the token’s public key is no uncompressed point');
  return derSequence(derSequence(derOid(EC_PUBLIC_KEY), derOid(oid)), derBits(raw));
}

function formatEdwardsKey(parameters: Uint8Array, point: Uint8Array): Uint8Array {
  const raw = point.subarray(point.byteLength - ED25519_BYTES);
  const isWrapped = point[0] === OCTET_STRING && point.byteLength === ED25519_BYTES + 2;
  if (!ed25519Parameters.includes(Buffer.from(parameters).toString('hex')))
    throw keysErrors.algorithm_unsuitable('the token’s key is on another Edwards curve than Ed25519');
  if (point.byteLength !== ED25519_BYTES && !isWrapped)
    throw keysErrors.unavailable('the token’s public key is no Ed25519 point');
  return derSequence(derSequence(derOid(ED25519)), derBits(raw));
}

function bytesOf(text: string): Uint8Array {
  return Buffer.from(text, 'base64');
}
