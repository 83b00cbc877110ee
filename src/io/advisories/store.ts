// The port for advisory records: an immutable, indexed collection, built whole and swapped whole, so
// that a broken download never spoils the last good one. Records are opaque text here (engines/advisory
// reads them). Adapters: sqlite file, memory; each passes contract-suite.ts.

/** One feed as it stands in a store. */
export interface FeedRow {
  /** `debian`, `alpine`, `osv-go`, ... */
  readonly feed: string;
  readonly source: string;
  readonly refreshedAt: number;
  readonly records: number;
  readonly sizeBytes: number;
  /** `affected`: lists unfixed too. `fixed-only`: what has no fix is not in it. */
  readonly coverage: 'affected' | 'fixed-only';
  /** The scopes it covers, e.g. `debian:12`, `go`. A scope in no feed is not covered. */
  readonly scopes: readonly string[];
}

/** One advisory for one package, in one scope. */
export interface AdvisoryRow {
  readonly feed: string;
  readonly scope: string;
  readonly name: string;
  readonly id: string;
  /** The record as JSON text (engines/advisory/record.ts). */
  readonly body: string;
}

/** One package of one scope; equal hashes mean equal rows, in whatever adapter they are kept. */
export interface PackageHash {
  readonly scope: string;
  readonly name: string;
  readonly hash: string;
}

/** All rows of one feed for one package of one scope, as one value: how a store's content travels. */
export interface AdvisoryBlock {
  readonly scope: string;
  readonly name: string;
  readonly feed: string;
  /** Of the rows; whoever makes a block computes it (`createBlock`), nobody takes it on trust. */
  readonly hash: string;
  /** As block.ts packs it. */
  readonly packed: Uint8Array;
}

export interface AdvisoryStore extends AsyncDisposable {
  feeds(): readonly FeedRow[];
  /** All rows of one package in one scope, ordered by feed then id. */
  find(scope: string, name: string): readonly AdvisoryRow[];
  /** Every (scope, name) with a hash of its rows, ordered by scope then name; what `changedSince` compares. */
  packages(): Iterable<PackageHash>;
  /** Every block, ordered by scope, name, then feed. */
  blocks(): Iterable<AdvisoryBlock>;
  /** (scope, name) pairs whose rows differ between this store and an older one, gone ones included. */
  changedSince(older: AdvisoryStore): Iterable<{ readonly scope: string; readonly name: string }>;
}

/** Builds the next store. Feeds not begun are carried over from the present store when it is finished. */
export interface AdvisoryWriter extends AsyncDisposable {
  /** Starts one feed afresh; its rows of before are left out. */
  beginFeed(feed: string): void;
  /** A row of the running feed; a second row of the same scope, name and id takes the first one's place. */
  add(row: AdvisoryRow): void;
  /** Ends the running feed; long, so it lets others run in between. */
  endFeed(row: FeedRow): Promise<void>;
  /** Drops what was begun of the running feed: the last good state of it is carried over instead. */
  abandonFeed(): void;
  /** Makes the new store the present one, durably; without it, disposing throws everything away. */
  finish(): Promise<void>;
}

/** Builds a store out of blocks of another one, whole; nothing of the present store is carried over. */
export interface AdvisoryCopy extends AsyncDisposable {
  /** Blocks come ordered as `blocks()` gives them; one out of order is `advisories.row_invalid`. */
  add(block: AdvisoryBlock): void;
  /** Makes it the present store, durably; without it, disposing throws everything away. */
  finish(feeds: readonly FeedRow[]): Promise<void>;
}

/** Where stores live: one present store, replaced atomically. */
export interface AdvisoryShelf {
  /** The present store; an empty one where nothing was ever refreshed. The caller disposes of it. */
  open(): Promise<AdvisoryStore>;
  write(): Promise<AdvisoryWriter>;
  copy(): Promise<AdvisoryCopy>;
}
