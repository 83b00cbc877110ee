// signature-specification.md, "Algorithm Selection": the key alone decides the algorithm, so that what an envelope
// says can only agree or be refused. No Ed25519, no PKCS #1 v1.5, no curve or size beside the six.
import { constants, type KeyObject, verify } from 'node:crypto';
import { notationErrors } from './errors.ts';

/** Spelt as JOSE does; COSE has a number for each. */
export type NotationAlgorithm = keyof typeof hashes;

const hashes = {
  ES256: 'sha256',
  ES384: 'sha384',
  ES512: 'sha512',
  PS256: 'sha256',
  PS384: 'sha384',
  PS512: 'sha512',
} as const;

/** RFC 9053 §2.1, RFC 8230 §2. */
const coseNumbers: Readonly<Record<NotationAlgorithm, number>> = {
  ES256: -7,
  ES384: -35,
  ES512: -36,
  PS256: -37,
  PS384: -38,
  PS512: -39,
};

const byCurve: Readonly<Record<string, NotationAlgorithm>> = {
  prime256v1: 'ES256',
  secp384r1: 'ES384',
  secp521r1: 'ES512',
};

const byModulusBits: Readonly<Record<number, NotationAlgorithm>> = {
  2048: 'PS256',
  3072: 'PS384',
  4096: 'PS512',
};

/** The algorithm of a public or private key; `notation.algorithm_unsupported` names what the key is. */
export function algorithmOfKey(key: KeyObject): NotationAlgorithm {
  const { namedCurve = '', modulusLength = 0 } = key.asymmetricKeyDetails ?? {};
  const type = key.asymmetricKeyType;
  const found =
    type === 'ec' ? byCurve[namedCurve] : type === 'rsa' ? byModulusBits[modulusLength] : undefined;
  if (found !== undefined) return found;
  const shown = [type, namedCurve, modulusLength || ''].filter((part) => part !== '').join(' ');
  throw notationErrors.algorithm_unsupported(
    `a key of ${shown} does not sign for the Notary Project: RSA of 2048, 3072 or 4096 bits does, and P-256, P-384, P-521`,
  );
}

/** The algorithm of JOSE's `alg`, or undefined. */
export function algorithmOfJose(name: unknown): NotationAlgorithm | undefined {
  return typeof name === 'string' && Object.hasOwn(hashes, name) ? (name as NotationAlgorithm) : undefined;
}

/** The algorithm of COSE's label 1, or undefined. */
export function algorithmOfCose(number: unknown): NotationAlgorithm | undefined {
  const found = Object.entries(coseNumbers).find(([, own]) => own === number);
  return found?.[0] as NotationAlgorithm | undefined;
}

export function coseNumberOf(algorithm: NotationAlgorithm): number {
  return coseNumbers[algorithm];
}

/**
 * Whether the raw signature holds: r and s side by side for ECDSA, PSS with a salt as long as the hash. False for one of
 * the wrong length or for a key of another kind.
 */
export function isSignedBy(
  algorithm: NotationAlgorithm,
  key: KeyObject,
  bytes: Uint8Array,
  signature: Uint8Array,
): boolean {
  const bits = key.asymmetricKeyDetails?.modulusLength;
  // RFC 8017 §8.1.2 wants the whole length; the platform would take a signature whose first byte, a zero, is cut off.
  if (bits !== undefined && signature.byteLength !== Math.ceil(bits / 8)) return false;
  try {
    return verify(hashes[algorithm], bytes, schemeOf(algorithm, key), signature);
  } catch {
    return false;
  }
}

function schemeOf(algorithm: NotationAlgorithm, key: KeyObject) {
  return algorithm.startsWith('ES')
    ? { key, dsaEncoding: 'ieee-p1363' as const }
    : { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };
}
