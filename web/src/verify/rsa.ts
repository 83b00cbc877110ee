// RSA signatures checked with PKCS #1 v1.5 (RFC 8017 §8.2.2) and with PSS (§8.1.2, the mask by MGF1 with the same
// hash), for the pages: browsers have it only behind promises, and the verifier is one straight function. Nothing
// secret is computed with, so time tells nothing.

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
  const opened = openSignature({ modulus, exponent, modulusBits }, signature);
  if (prefix === undefined || opened === undefined) return false;
  // The whole padded text is made and compared: one that is parsed can hide bytes behind the hash.
  const text = prefix + hexOf(digest);
  const paddingBytes = sizeBytes - text.length / 2 - 3;
  if (paddingBytes < 8) return false;
  return opened === BigInt(`0x0001${'ff'.repeat(paddingBytes)}00${text}`);
}

/** What was padded, as a number; undefined where the key or the signature is out of bounds. */
function openSignature(
  { modulus, exponent, modulusBits }: RsaKey,
  signature: Uint8Array,
): bigint | undefined {
  if (signature.byteLength !== Math.ceil(modulusBits / 8)) return undefined;
  if (modulusBits > MODULUS_BITS || modulus <= exponent || exponent < 3n || modulus % 2n === 0n)
    return undefined;
  if (modulusBits > SMALL_MODULUS_BITS && bitsOf(exponent) > EXPONENT_BITS) return undefined;
  const value = toBigInt(signature);
  return value >= modulus ? undefined : power(value, exponent, modulus);
}

/** `saltBytes` absent: of any length (RFC 8017 §9.1.2). */
export function isPssSignature(
  key: RsaKey,
  hash: (bytes: Uint8Array) => Uint8Array,
  digest: Uint8Array,
  signature: Uint8Array,
  saltBytes?: number,
): boolean {
  const opened = openSignature(key, signature);
  const encodedBits = key.modulusBits - 1;
  const encodedBytes = Math.ceil(encodedBits / 8);
  if (opened === undefined || bitsOf(opened) > encodedBits) return false;
  const encoded = toBytes(opened, encodedBytes);
  const hashBytes = digest.byteLength;
  const maskedBytes = encodedBytes - hashBytes - 1;
  if (maskedBytes < 1 || encoded.at(-1) !== 0xbc) return false;
  const seed = encoded.subarray(maskedBytes, maskedBytes + hashBytes);
  const mask = createMask(hash, seed, maskedBytes);
  const block = encoded.subarray(0, maskedBytes).map((byte, at) => byte ^ (mask[at] as number));
  // Bits before the first of the encoded message are not part of it.
  block[0] = (block[0] as number) & (0xff >> (8 * encodedBytes - encodedBits));
  const start = block.findIndex((byte) => byte !== 0);
  if (start < 0 || block[start] !== 1) return false;
  const salt = block.subarray(start + 1);
  if (saltBytes !== undefined && salt.byteLength !== saltBytes) return false;
  const again = new Uint8Array(8 + hashBytes + salt.byteLength);
  again.set(digest, 8);
  again.set(salt, 8 + hashBytes);
  const own = hash(again);
  return own.every((byte, at) => byte === seed[at]);
}

/** MGF1 (RFC 8017 §B.2.1). */
function createMask(
  hash: (bytes: Uint8Array) => Uint8Array,
  seed: Uint8Array,
  sizeBytes: number,
): Uint8Array {
  const mask: number[] = [];
  for (let count = 0; mask.length < sizeBytes; count += 1)
    mask.push(...hash(Uint8Array.from([...seed, 0, 0, count >> 8, count & 0xff])));
  return Uint8Array.from(mask.slice(0, sizeBytes));
}

function toBytes(value: bigint, sizeBytes: number): Uint8Array {
  const hex = value.toString(16).padStart(sizeBytes * 2, '0');
  return Uint8Array.from({ length: sizeBytes }, (_, at) =>
    Number.parseInt(hex.slice(at * 2, at * 2 + 2), 16),
  );
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
