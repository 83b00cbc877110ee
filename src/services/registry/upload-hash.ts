// Digests of uploads that are under way, so that a chunked upload is not read again at its end.
// Only a cache: an upload from before a restart, or one that fell out, is hashed anew from the store.
import { createRunningDigest, type DigestAlgorithm, type RunningDigest } from '../../formats/oci/digest.ts';

/** Each holds well under a kilobyte; more clients than this seldom push at once. */
const KEPT = 1_024;

export interface UploadHashes {
  /** The running digest of exactly the first `sizeBytes` bytes; a fresh one at 0; undefined where none is in step. */
  at(id: string, sizeBytes: number, algorithm: DigestAlgorithm): RunningDigest | undefined;
  forget(id: string): void;
}

export function createUploadHashes(): UploadHashes {
  const kept = new Map<string, { readonly algorithm: DigestAlgorithm; readonly running: RunningDigest }>();
  return {
    at(id, sizeBytes, algorithm) {
      const known = kept.get(id);
      if (known?.running.sizeBytes === sizeBytes && known.algorithm === algorithm) return known.running;
      kept.delete(id);
      if (sizeBytes > 0) return undefined;
      const running = createRunningDigest(algorithm);
      kept.set(id, { algorithm, running });
      if (kept.size > KEPT) kept.delete(kept.keys().next().value as string);
      return running;
    },
    forget(id) {
      kept.delete(id);
    },
  };
}
