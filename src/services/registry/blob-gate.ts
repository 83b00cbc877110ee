// Keeps the removal of a blob's file apart from whoever is making the same blob: between a file that appears under
// its digest and the row that names it, nobody may unlink it. By digest, in memory: one process owns a data folder,
// and with the process both sides end. Nobody who reads is ever held up.
import type { Digest } from '../../formats/oci/digest.ts';

export interface BlobGate {
  /** Waits for a removal of this blob that is under way, then keeps others off until disposed. Many may hold it at once. */
  hold(digest: Digest): Promise<Disposable>;
  /** Removes under the gate; undefined, and nothing done, where somebody makes or removes the blob. */
  remove<T>(digest: Digest, work: () => Promise<T>): Promise<T | undefined>;
}

export function createBlobGate(): BlobGate {
  const held = new Map<Digest, number>();
  const removed = new Map<Digest, Promise<unknown>>();
  return {
    async hold(digest) {
      while (removed.has(digest)) await removed.get(digest);
      held.set(digest, (held.get(digest) ?? 0) + 1);
      let isHeld = true;
      return {
        [Symbol.dispose]() {
          if (!isHeld) return;
          isHeld = false;
          const left = (held.get(digest) ?? 1) - 1;
          if (left === 0) held.delete(digest);
          else held.set(digest, left);
        },
      };
    },

    async remove(digest, work) {
      if (held.has(digest) || removed.has(digest)) return undefined;
      const ended = Promise.withResolvers<void>();
      removed.set(digest, ended.promise);
      try {
        return await work();
      } finally {
        removed.delete(digest);
        ended.resolve();
      }
    },
  };
}
