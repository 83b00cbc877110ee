// Whether a signature holds over bytes of which only the SHA-256 is known, as a log is handed them. Node hashes by
// itself whatever it verifies with ECDSA, so that here a library does; of RSA the signed value is opened and compared.
import { constants, publicDecrypt } from 'node:crypto';
import { p256 } from '@noble/curves/nist.js';
import { algorithmOfKey, readPublicKey } from './algorithm.ts';

const POINT_BYTES = 65;
/** DER of DigestInfo before a SHA-256 (RFC 8017 §9.2, note 1). */
const SHA256_INFO = Buffer.from('3031300d060960864801650304020105000420', 'hex');

/**
 * False too where the key is of a kind whose signatures are not over SHA-256: P-384, Ed25519. `publicKey` is
 * SubjectPublicKeyInfo: `x509.key_invalid` where it is none that is signed with.
 */
export function isDigestSignedBy(publicKey: Uint8Array, digest: Uint8Array, signature: Uint8Array): boolean {
  const algorithm = algorithmOfKey(publicKey);
  if (digest.byteLength !== 32) return false;
  try {
    if (algorithm === 'ecdsa-p256-sha256') {
      // Exported anew: the point comes uncompressed and last, however the key was written.
      const point = readPublicKey(publicKey).export({ format: 'der', type: 'spki' }).subarray(-POINT_BYTES);
      return p256.verify(signature, digest, point, { prehash: false, lowS: false, format: 'der' });
    }
    if (algorithm !== 'rsa-pkcs1-sha256') return false;
    const key = { key: readPublicKey(publicKey), padding: constants.RSA_PKCS1_PADDING };
    return Buffer.concat([SHA256_INFO, digest]).equals(publicDecrypt(key, signature));
  } catch {
    // A signature of the wrong form is none.
    return false;
  }
}
