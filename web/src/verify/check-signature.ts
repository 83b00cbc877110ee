// Hashes and the checking of signatures for the pages, with the answers of node:crypto, which node-crypto.ts names them
// after: ECDSA, Ed25519, RSA by PKCS #1 v1.5 and PSS. Public keys alone.
import { ed25519 } from '@noble/curves/ed25519.js';
import { sha1 } from '@noble/hashes/legacy.js';
import { sha256, sha384, sha512 } from '@noble/hashes/sha2.js';
import type { KeyHandle } from './key-handle.ts';
import { isPssSignature, isRsaSignature } from './rsa.ts';

/** Node's own numbers. */
export const constants = Object.freeze({
  RSA_PKCS1_PADDING: 1,
  RSA_PKCS1_PSS_PADDING: 6,
  RSA_PSS_SALTLEN_DIGEST: -1,
  RSA_PSS_SALTLEN_AUTO: -2,
});

export interface RunningHash {
  update(chunk: Uint8Array): unknown;
  clone(): RunningHash;
  digest(): Uint8Array;
}

interface Hash {
  (bytes: Uint8Array): Uint8Array;
  create(): RunningHash;
}

/** SHA-1 names certificates in old timestamps, and is no hash of a signature: `verify` takes it for none. */
const HASHES: Readonly<Record<string, Hash>> = { sha1, sha256, sha384, sha512 };

/** Throws where it is none of these. */
export function hashOf(algorithm: string): Hash {
  const found = HASHES[algorithm];
  if (found === undefined) throw new TypeError(`the pages do not hash by ${algorithm}`);
  return found;
}

/** A key and how it signs, as Node takes both. */
export interface KeyScheme {
  readonly key: KeyHandle;
  readonly padding?: number;
  readonly saltLength?: number;
  readonly dsaEncoding?: 'der' | 'ieee-p1363';
}

/** Whether the signature over the message holds; ECDSA's in DER where nothing else is said. The hash is null for Ed25519. */
export function verify(
  algorithm: string | null,
  message: Uint8Array,
  how: KeyHandle | KeyScheme,
  signature: Uint8Array,
): boolean {
  const { key, padding, saltLength, dsaEncoding = 'der' }: KeyScheme = 'use' in how ? { key: how } : how;
  const { use } = key;
  if (use.kind === 'ed25519') return ed25519.verify(signature, message, use.point, { zip215: false });
  if (algorithm === null || algorithm === 'sha1' || use.kind === 'none')
    throw new TypeError('this key checks no such signature');
  const hashBy = hashOf(algorithm);
  const digest = hashBy(message);
  if (use.kind === 'rsa' && padding === constants.RSA_PKCS1_PSS_PADDING) {
    const isAny = saltLength === undefined || saltLength === constants.RSA_PSS_SALTLEN_AUTO;
    const saltBytes = saltLength === constants.RSA_PSS_SALTLEN_DIGEST ? digest.byteLength : saltLength;
    return isPssSignature(use.key, hashBy, digest, signature, isAny ? undefined : saltBytes);
  }
  if (use.kind === 'rsa') return isRsaSignature(use.key, algorithm, digest, signature);
  // Either half of s is taken: no standard that the verifier reads forbids the greater.
  const format = dsaEncoding === 'der' ? 'der' : 'compact';
  return use.curve.verify(signature, digest, use.point, { prehash: false, format, lowS: false });
}
