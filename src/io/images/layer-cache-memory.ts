// A layer cache in memory: for tests, and for whoever looks into many images in one run. Least recently used goes.
import type { LayerCache } from './layer-cache.ts';

export interface MemoryLayerCacheOptions {
  /** What all records together may have. */
  readonly limitBytes: number;
  readonly generation: string;
}

export function createMemoryLayerCache({ limitBytes, generation }: MemoryLayerCacheOptions): LayerCache {
  /** The least recently used first. */
  const records = new Map<string, Uint8Array>();
  let usedBytes = 0;

  function forget(key: string): void {
    usedBytes -= records.get(key)?.byteLength ?? 0;
    records.delete(key);
  }

  return Object.freeze<LayerCache>({
    generation,
    async read(key) {
      const bytes = records.get(key);
      if (bytes === undefined) return undefined;
      records.delete(key);
      records.set(key, bytes);
      return new Uint8Array(bytes);
    },
    async write(key, bytes) {
      forget(key);
      if (bytes.byteLength > limitBytes) return;
      records.set(key, new Uint8Array(bytes));
      usedBytes += bytes.byteLength;
      for (const oldest of records.keys()) {
        if (usedBytes <= limitBytes) return;
        forget(oldest);
      }
    },
  });
}
