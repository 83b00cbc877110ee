// Sending a blob and proving it on the way: the last bytes go out only when all of them have the digest, so that
// whoever reads damaged bytes sees a broken transfer, never a whole one.
import { createRunningDigest, type Digest, digestAlgorithm } from '../../formats/oci/digest.ts';
import type { ChunkSink } from '../../io/blobs/store.ts';

export interface Proving {
  /** Passes chunks on; throws `mismatch()` in place of the last one where they are not the blob. */
  readonly sink: ChunkSink;
  /** Every byte came and was passed on. */
  isProven(): boolean;
}

export function createProving(
  blob: { readonly digest: Digest; readonly sizeBytes: number },
  next: ChunkSink,
  mismatch: () => Error,
): Proving {
  const running = createRunningDigest(digestAlgorithm(blob.digest));
  let seenBytes = 0;
  let isProven = false;
  return {
    async sink(chunk) {
      running.update(chunk);
      seenBytes += chunk.byteLength;
      if (seenBytes < blob.sizeBytes) return next(chunk);
      if (seenBytes > blob.sizeBytes || running.digest() !== blob.digest) throw mismatch();
      await next(chunk);
      isProven = true;
    },
    isProven: () => isProven || (blob.sizeBytes === 0 && seenBytes === 0),
  };
}
