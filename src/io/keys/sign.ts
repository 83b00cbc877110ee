// A private key that Node holds, as the port has it: the one place where an algorithm's name becomes a signature.
import { createPublicKey, type KeyObject, sign } from 'node:crypto';
import { promisify } from 'node:util';
import { algorithmsOfKey, hashOfKeyAlgorithm, withAlgorithm } from '../../formats/x509/key-algorithm.ts';
import { keysErrors } from './errors.ts';
import type { SigningKey } from './signing-key.ts';

const signAside = promisify(sign);

/** `x509.key_invalid` where the key is of a kind that is not signed with. */
export function signWith(privateKey: KeyObject): SigningKey {
  const publicKey = createPublicKey(privateKey).export({ format: 'der', type: 'spki' });
  const own = algorithmsOfKey(publicKey);
  return Object.freeze<SigningKey>({
    publicKey,
    async sign(bytes, algorithm) {
      if (!own.includes(algorithm))
        throw keysErrors.algorithm_unsuitable(
          `the key signs with ${own.join(', ')}, and was asked for ${algorithm}`,
        );
      const hash = hashOfKeyAlgorithm(algorithm);
      const key = withAlgorithm(algorithm, privateKey);
      // RSA takes a millisecond of CPU, which others need not wait for; elliptic curves are done before a thread is.
      return algorithm.startsWith('rsa') ? signAside(hash, bytes, key) : sign(hash ?? null, bytes, key);
    },
  });
}
