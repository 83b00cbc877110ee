// Signatures over a hash that was made elsewhere, for tests that play a place of keys: Node signs no digest.
import { constants, createHash, hash, type KeyObject, privateEncrypt, randomBytes } from 'node:crypto';
import { p256, p384, p521 } from '@noble/curves/nist.js';
import { hashOids } from '../../formats/x509/algorithm-identifier.ts';
import { derNull, derOctets, derOid, derSequence } from '../../formats/x509/der.ts';

/** ECDSA's two numbers side by side. */
export function signDigest(privateKey: KeyObject, digest: Uint8Array): Uint8Array {
  const { crv, d } = privateKey.export({ format: 'jwk' });
  const curve = crv === 'P-256' ? p256 : crv === 'P-384' ? p384 : p521;
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

/** PSS (RFC 8017 §9.1.1) of a hash, with a mask of the same one. */
export function signPss(
  privateKey: KeyObject,
  name: string,
  digest: Uint8Array,
  saltBytes: number = digest.byteLength,
): Uint8Array {
  const sizeBytes = (privateKey.asymmetricKeyDetails?.modulusLength ?? 0) / 8;
  const salt = randomBytes(saltBytes);
  const inner = hash(name, Buffer.concat([new Uint8Array(8), digest, salt]), 'buffer');
  const block = Buffer.alloc(sizeBytes - inner.byteLength - 1);
  block[block.byteLength - saltBytes - 1] = 1;
  salt.copy(block, block.byteLength - saltBytes);
  const mask = maskOf(name, inner, block.byteLength);
  const masked = block.map((byte, at) => byte ^ (mask[at] ?? 0));
  masked[0] = (masked[0] ?? 0) & 0x7f;
  const encoded = Buffer.concat([masked, inner, Uint8Array.of(0xbc)]);
  return privateEncrypt({ key: privateKey, padding: constants.RSA_NO_PADDING }, encoded);
}

/** MGF1 (RFC 8017 §B.2.1). */
function maskOf(name: string, seed: Uint8Array, sizeBytes: number): Uint8Array {
  const blocks: Buffer[] = [];
  for (let at = 0; at * seed.byteLength < sizeBytes; at += 1)
    blocks.push(
      createHash(name)
        .update(seed)
        .update(Uint8Array.of(0, 0, 0, at))
        .digest(),
    );
  return Buffer.concat(blocks).subarray(0, sizeBytes);
}
