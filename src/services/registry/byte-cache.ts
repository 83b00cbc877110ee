// Immutable bytes by digest, in memory, bounded by their sum; what was not asked for longest goes first.
// It holds no rights: whoever asks has looked up a row that allows it.
import type { Digest } from '../../formats/oci/digest.ts';

export interface ByteCache {
  get(digest: Digest): Uint8Array | undefined;
  /** Keeps the bytes, which nobody may change afterwards. */
  set(digest: Digest, bytes: Uint8Array): void;
}

export function createByteCache(limitBytes: number): ByteCache {
  // A Map keeps the order of insertion: its first entry is the one used longest ago.
  const entries = new Map<Digest, Uint8Array>();
  let heldBytes = 0;

  function drop(digest: Digest): void {
    heldBytes -= entries.get(digest)?.byteLength ?? 0;
    entries.delete(digest);
  }

  return {
    get(digest) {
      const bytes = entries.get(digest);
      if (bytes === undefined) return undefined;
      entries.delete(digest);
      entries.set(digest, bytes);
      return bytes;
    },
    set(digest, bytes) {
      drop(digest);
      if (bytes.byteLength > limitBytes) return;
      entries.set(digest, bytes);
      heldBytes += bytes.byteLength;
      for (const oldest of entries.keys()) {
        if (heldBytes <= limitBytes) return;
        drop(oldest);
      }
    },
  };
}
