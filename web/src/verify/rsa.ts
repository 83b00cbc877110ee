// RSA signatures checked with PKCS #1 v1.5 (RFC 8017 §8.2.2), for the pages: browsers have it only behind promises,
// and the verifier is one straight function. Nothing secret is computed with, so time tells nothing. PSS is not here:
// no bundle, certificate or timestamp that the verifier takes is signed so.

export interface RsaKey {
  readonly modulus: bigint;
  readonly exponent: bigint;
  readonly modulusBits: number;
}

/** DigestInfo in DER before the hash itself (RFC 8017 §9.2, note 1). */
const DIGEST_INFO: Readonly<Record<string, string>> = {
  sha256: '3031300d060960864801650304020105000420',
  sha384: '3041300d060960864801650304020205000430',
  sha512: '3051300d060960864801650304020305000440',
};

/** OpenSSL's bounds: beyond them it checks nothing, and neither does this. */
const MODULUS_BITS = 16_384;
const SMALL_MODULUS_BITS = 3_072;
const EXPONENT_BITS = 64;

export function createRsaKey(modulus: bigint, exponent: bigint): RsaKey {
  return { modulus, exponent, modulusBits: bitsOf(modulus) };
}

/** `digest` is the message's, by the hash of that name; false of any other name. */
export function isRsaSignature(
  { modulus, exponent, modulusBits }: RsaKey,
  hashName: string,
  digest: Uint8Array,
  signature: Uint8Array,
): boolean {
  const prefix = DIGEST_INFO[hashName];
  const sizeBytes = Math.ceil(modulusBits / 8);
  if (prefix === undefined || signature.byteLength !== sizeBytes) return false;
  if (modulusBits > MODULUS_BITS || modulus <= exponent || exponent < 3n || modulus % 2n === 0n) return false;
  if (modulusBits > SMALL_MODULUS_BITS && bitsOf(exponent) > EXPONENT_BITS) return false;
  const value = toBigInt(signature);
  if (value >= modulus) return false;
  // The whole padded text is made and compared: one that is parsed can hide bytes behind the hash.
  const text = prefix + hexOf(digest);
  const paddingBytes = sizeBytes - text.length / 2 - 3;
  if (paddingBytes < 8) return false;
  return power(value, exponent, modulus) === BigInt(`0x0001${'ff'.repeat(paddingBytes)}00${text}`);
}

/** Big-endian; 0 of no bytes. */
export function toBigInt(bytes: Uint8Array): bigint {
  return bytes.byteLength === 0 ? 0n : BigInt(`0x${hexOf(bytes)}`);
}

function power(value: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n;
  for (const bit of exponent.toString(2)) {
    result = (result * result) % modulus;
    if (bit === '1') result = (result * value) % modulus;
  }
  return result;
}

function bitsOf(value: bigint): number {
  return value === 0n ? 0 : value.toString(2).length;
}

function hexOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
