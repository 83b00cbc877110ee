// What reading a layer once has told, kept for the next image that has the layer: the port. It keeps bytes by
// key and knows nothing of their meaning; squash/record.ts does.
// Trust: a record decides what is found in an image, so a cache holds only what this user's own program wrote.

/** Adapters are a folder and memory. Neither call throws for what the place does: a cache that fails forgets. */
export interface LayerCache {
  /**
   * Names the program that makes the records, so exactly that a program which would make other ones has another
   * name: records of one generation are never read in another.
   */
  readonly generation: string;
  /** The bytes as they were written, whole; undefined where there are none or they are damaged. `key` is 64 hex digits. */
  read(key: string): Promise<Uint8Array | undefined>;
  /** Keeps the bytes under the key, as long as there is room. */
  write(key: string, bytes: Uint8Array): Promise<void>;
}
