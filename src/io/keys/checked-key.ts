// A key that signs elsewhere, as the port has it. Whatever keeps it is not believed: no signature is handed out that
// the public key does not verify, and no algorithm is asked for that is not the key's own.
import { createHash, verify } from 'node:crypto';
import {
  algorithmOfKey,
  hashOfAlgorithm,
  readPublicKey,
  type SignatureAlgorithm,
} from '../../formats/x509/algorithm.ts';
import { limits } from '../../kit/limits.ts';
import { keysErrors } from './errors.ts';
import type { SigningKey } from './signing-key.ts';

/**
 * A key around what asks its place to sign. `place` names it in errors ("the token signing"), without any secret.
 * `x509.key_invalid` where the public key is of a kind that is not signed with.
 */
export function createCheckedKey(
  place: string,
  publicKey: Uint8Array,
  signElsewhere: (bytes: Uint8Array, algorithm: SignatureAlgorithm) => Promise<Uint8Array>,
): SigningKey {
  const own = algorithmOfKey(publicKey);
  const key = readPublicKey(publicKey);
  return Object.freeze<SigningKey>({
    publicKey,
    async sign(bytes, algorithm) {
      if (algorithm !== own)
        throw keysErrors.algorithm_unsuitable(`the key signs with ${own}, and was asked for ${algorithm}`);
      const signature = await signElsewhere(bytes, algorithm);
      if (!verify(hashOfAlgorithm(algorithm) ?? null, bytes, key, signature))
        throw keysErrors.unavailable(`what ${place} gave is not a signature by its key`);
      return signature;
    },
  });
}

/** What leaves for the place of the key: the hash, or with Ed25519, which hashes by itself, the message, up to a bound. */
export function bytesToSign(bytes: Uint8Array, algorithm: SignatureAlgorithm): Uint8Array {
  const hash = hashOfAlgorithm(algorithm);
  if (hash !== undefined) return createHash(hash).update(bytes).digest();
  if (bytes.byteLength > limits.keyMessageBytes)
    throw keysErrors.message_too_large(
      `a message of ${bytes.byteLength} bytes is not sent to be signed with ${algorithm}; ${limits.keyMessageBytes} are the most`,
    );
  return bytes;
}
