// The port for the documents that feeds are made of: the vendors' public addresses, or a folder or mirror
// with one layout (`osv/<ECOSYSTEM>/all.zip`, `debian/tracker.json`, `alpine-secdb/vX.Y/main.json`).
// Adapters: feed-folder.ts, feed-download.ts; each passes feed-contract-suite.ts.
import type { ByteStream } from '../../kit/bytes.ts';

/** A document by both its names. */
export interface FeedDocument {
  /** In a folder or mirror, with forward slashes. */
  readonly path: string;
  /** At the vendor's. */
  readonly publicUrl: string;
}

/** One regular file of a zip archive. */
export interface ZipEntry {
  /** As the archive spells it; never used as a path. */
  readonly name: string;
  /** The whole content, its size and CRC checked; `advisories.feed_damaged` beyond `limitBytes`. */
  read(limitBytes: number): Promise<Uint8Array>;
}

/** A document, fetched whole. */
export interface FeedFile extends AsyncDisposable {
  readonly address: string;
  readonly sizeBytes: number;
  bytes(): ByteStream;
  /** The document as a zip archive; `advisories.feed_damaged` where it is none, or cut. */
  entries(): AsyncIterable<ZipEntry>;
}

export interface FetchOptions {
  /** Told while bytes arrive; `totalBytes` where it is known. */
  readonly onProgress?: (bytes: number, totalBytes: number | undefined) => void;
  readonly signal?: AbortSignal;
}

/** One place of feeds. */
export interface FeedSource {
  /** For people and for the feed's row: `public addresses`, a folder, a URL. */
  readonly name: string;
  /**
   * Fetches a document whole; undefined where the place does not have it. Throws
   * `advisories.feed_unreadable`, `advisories.feed_damaged` (over `limits.feedBytes`) or
   * `advisories.folder_unusable`. The caller disposes of the file.
   */
  open(document: FeedDocument, options?: FetchOptions): Promise<FeedFile | undefined>;
}
