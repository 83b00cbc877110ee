// A key that signs elsewhere, as the port has it. Whatever keeps it is not believed: no signature is handed out that
// the public key does not verify by the very algorithm that was asked for, and none is asked for that the key has not.
import { constants, createHash, type KeyObject, verify } from 'node:crypto';
import { readPublicKey } from '../../formats/x509/algorithm.ts';
import {
  algorithmsOfKey,
  hashOfKeyAlgorithm,
  isPss,
  type KeyAlgorithm,
  withAlgorithm,
} from '../../formats/x509/key-algorithm.ts';
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
  signElsewhere: (bytes: Uint8Array, algorithm: KeyAlgorithm) => Promise<Uint8Array>,
): SigningKey {
  const own = algorithmsOfKey(publicKey);
  const key = readPublicKey(publicKey);
  return Object.freeze<SigningKey>({
    publicKey,
    async sign(bytes, algorithm) {
      if (!own.includes(algorithm))
        throw keysErrors.algorithm_unsuitable(
          `the key signs with ${own.join(', ')}, and was asked for ${algorithm}`,
        );
      const signature = await signElsewhere(bytes, algorithm);
      const hash = hashOfKeyAlgorithm(algorithm) ?? null;
      if (verify(hash, bytes, withAlgorithm(algorithm, key), signature)) return signature;
      throw algorithm.startsWith('rsa') && isOtherRsa(hash, bytes, key, signature)
        ? keysErrors.algorithm_unsuitable(
            `${place} pads RSA otherwise than ${algorithm} does: use a key there that signs with ${paddingOf(algorithm)}, or an ECDSA key`,
          )
        : keysErrors.unavailable(`what ${place} gave is not a signature by its key`);
    },
  });
}

function paddingOf(algorithm: KeyAlgorithm): string {
  return isPss(algorithm) ? 'RSA-PSS and a salt as long as the hash' : 'RSA PKCS #1 v1.5';
}

/** PKCS #1 v1.5, where a place knows nothing else, or PSS with the longest salt, where it chooses that by itself. */
function isOtherRsa(hash: string | null, bytes: Uint8Array, key: KeyObject, signature: Uint8Array): boolean {
  const anySalt = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_AUTO };
  return verify(hash, bytes, key, signature) || verify(hash, bytes, { key, ...anySalt }, signature);
}

/** What leaves for the place of the key: the hash, or with Ed25519, which hashes by itself, the message, up to a bound. */
export function bytesToSign(bytes: Uint8Array, algorithm: KeyAlgorithm): Uint8Array {
  const hash = hashOfKeyAlgorithm(algorithm);
  if (hash !== undefined) return createHash(hash).update(bytes).digest();
  if (bytes.byteLength > limits.keyMessageBytes)
    throw keysErrors.message_too_large(
      `a message of ${bytes.byteLength} bytes is not sent to be signed with ${algorithm}; ${limits.keyMessageBytes} are the most`,
    );
  return bytes;
}
