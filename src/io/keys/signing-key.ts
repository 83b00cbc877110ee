// A private key that signs and never leaves where it is: the one small interface behind which a file, a memory, a
// token or a service of somebody's cloud stands. Each adapter passes contract-suite.ts.
import type { KeyAlgorithm } from '../../formats/x509/key-algorithm.ts';

export interface SigningKey {
  /** SubjectPublicKeyInfo, DER. */
  readonly publicKey: Uint8Array;
  /**
   * The signature over the bytes, which the adapter hashes as the algorithm has it; ECDSA's is DER.
   * `keys.algorithm_unsuitable` where the key has it not, or its place does not offer it; `keys.unavailable` where it
   * cannot be reached.
   */
  sign(bytes: Uint8Array, algorithm: KeyAlgorithm): Promise<Uint8Array>;
}
