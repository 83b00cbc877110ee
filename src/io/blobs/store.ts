// The port for bytes named by their digest. Adapters: memory, filesystem, later S3; each passes
// contract-suite.ts. A store knows nothing of repositories or rights, and never invents a digest:
// whoever streams the bytes computes it on the way and says it at commit.
import type { Readable } from 'node:stream';
import type { Digest } from '../../formats/oci/digest.ts';
import type { ByteStream } from '../../kit/bytes.ts';

/** Inclusive byte positions, as in RFC 9110 §14.1.2; both inside the blob. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** Takes a chunk and resolves when it is done with it: the bytes are only good until then. */
export type ChunkSink = (chunk: Uint8Array) => Promise<void>;

export interface BlobStat {
  readonly sizeBytes: number;
}

export interface BlobStore {
  /** Undefined where the blob is absent. */
  stat(digest: Digest): Promise<BlobStat | undefined>;
  /** The bytes, from storage, unverified; `blobs.missing` where absent. The caller ends the stream. */
  read(digest: Digest, range?: ByteRange): Promise<Readable>;
  /**
   * Hands the bytes to `sink`, in order, one chunk at a time; resolves after the last. For serving: what a
   * stream would spend on buffers of its own is saved. `blobs.missing` before the first chunk where absent;
   * what `sink` throws passes on.
   */
  send(digest: Digest, range: ByteRange | undefined, sink: ChunkSink): Promise<void>;
  /** The whole of a small blob; `blobs.missing`, or `blobs.too_large` beyond `limitBytes`. */
  readAll(digest: Digest, limitBytes: number): Promise<Uint8Array>;
  /** Bytes already in memory and hashed; durable when it returns. Idempotent. */
  put(digest: Digest, bytes: Uint8Array): Promise<void>;
  /** Removes the blob; false where it was absent. */
  delete(digest: Digest): Promise<boolean>;
  /**
   * Takes the blob's bytes out of reach without losing them, for whoever looks into why they were wrong; durable
   * when it returns, false where it was absent. They are kept until somebody removes them by hand.
   */
  quarantine(digest: Digest): Promise<boolean>;
  /** Every blob, in no order. */
  list(): AsyncIterable<BlobStat & { readonly digest: Digest; readonly modifiedAt: number }>;

  /** Starts an upload under an identifier of the caller's (a UUID). */
  startUpload(id: string): Promise<void>;
  /** Bytes received so far; undefined where there is no such upload. */
  uploadSize(id: string): Promise<number | undefined>;
  /**
   * Appends a stream at `offsetBytes`, which must be the present size (`blobs.upload_offset`
   * otherwise). What had arrived before an error stays and is counted. Returns the new size.
   * `onChunk` sees each chunk once and in order, while it is being stored: the source must not
   * change a chunk after giving it. One append at a time per upload; the caller sees to that.
   */
  appendUpload(
    id: string,
    offsetBytes: number,
    source: ByteStream,
    onChunk?: (chunk: Uint8Array) => void,
  ): Promise<number>;
  /** The upload's bytes from the start, to hash again what another process received. */
  readUpload(id: string): Promise<Readable>;
  /** Makes the upload the blob `digest`, durable (file and folder synced) when it returns. Idempotent. */
  commitUpload(id: string, digest: Digest): Promise<void>;
  /** Drops an upload; false where there was none. */
  cancelUpload(id: string): Promise<boolean>;
}
