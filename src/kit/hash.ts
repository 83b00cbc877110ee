// Hashing while bytes pass. Hex, lower case, as OCI digests spell it.
import { createHash, hash } from 'node:crypto';

export type HashAlgorithm = 'sha256' | 'sha512' | 'sha1' | 'md5';

/** A running hash that also counts; `hex` may be asked at any time and does not end it. */
export interface RunningHash {
  update(chunk: Uint8Array): void;
  readonly sizeBytes: number;
  hex(): string;
}

/** Starts a running hash. */
export function createRunningHash(algorithm: HashAlgorithm): RunningHash {
  const inner = createHash(algorithm);
  let sizeBytes = 0;
  return {
    update(chunk) {
      inner.update(chunk);
      sizeBytes += chunk.byteLength;
    },
    get sizeBytes() {
      return sizeBytes;
    },
    hex: () => inner.copy().digest('hex'),
  };
}

/** The hash of bytes already in memory, hex. */
export function hashHex(algorithm: HashAlgorithm, bytes: Uint8Array | string): string {
  return hash(algorithm, bytes, 'hex');
}
