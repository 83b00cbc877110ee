// The keys of parts, and the proof that somebody holds one.
import { verify } from 'node:crypto';
import { formatPartProof, type PartProof } from '../../formats/spiffe/part-proof.ts';
import { algorithmOfKey, readPublicKey } from '../../formats/x509/algorithm.ts';
import { isPlimsollError } from '../../kit/error.ts';
import { partErrors } from './errors.ts';

/** P-256 in the one spelling, so that equal keys have equal hashes. `parts.key_invalid` */
export function checkPartKey(publicKey: Uint8Array): void {
  const refuse = (why: string): Error => partErrors.key_invalid(`the new key ${why}`);
  try {
    if (algorithmOfKey(publicKey) !== 'ecdsa-p256-sha256') throw refuse('is not of P-256');
    const spelled = readPublicKey(publicKey).export({ format: 'der', type: 'spki' });
    if (!spelled.equals(publicKey)) throw refuse('is spelled in another way than with an uncompressed point');
  } catch (error) {
    if (isPlimsollError(error, { code: 'x509.key_invalid' })) throw refuse('cannot be read');
    throw error;
  }
}

/** `key` is SubjectPublicKeyInfo of a key that was read before. */
export function isPartProof(key: Uint8Array, said: PartProof, signature: Uint8Array): boolean {
  return verify('sha256', formatPartProof(said), readPublicKey(key), signature);
}
