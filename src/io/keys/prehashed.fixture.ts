// Signatures over a hash that was made elsewhere, for tests that play a place of keys: Node signs no digest.
import { constants, type KeyObject, privateEncrypt } from 'node:crypto';
import { p256, p384 } from '@noble/curves/nist.js';
import { hashOids } from '../../formats/x509/algorithm-identifier.ts';
import { derNull, derOctets, derOid, derSequence } from '../../formats/x509/der.ts';

/** ECDSA's two numbers side by side. */
export function signDigest(privateKey: KeyObject, digest: Uint8Array): Uint8Array {
  const { crv, d } = privateKey.export({ format: 'jwk' });
  const curve = crv === 'P-256' ? p256 : p384;
  return curve.sign(digest, Buffer.from(d ?? '', 'base64url'), { prehash: false, lowS: false });
}

/** PKCS #1 v1.5 over whole DigestInfo. */
export function signPadded(privateKey: KeyObject, info: Uint8Array): Uint8Array {
  return privateEncrypt({ key: privateKey, padding: constants.RSA_PKCS1_PADDING }, info);
}

/** PKCS #1 v1.5 of a SHA-256. */
export function signSha256(privateKey: KeyObject, digest: Uint8Array): Uint8Array {
  const algorithm = derSequence(derOid(hashOids.sha256), derNull());
  return signPadded(privateKey, derSequence(algorithm, derOctets(digest)));
}
