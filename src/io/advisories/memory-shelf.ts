// An advisory shelf in memory: the same answers as the file's, for tests and for looking without a folder.
// Stores are frozen maps; a writer replaces the shelf's present map whole.
import {
  type BlockRow,
  checkOrder,
  checkRow,
  compareBlocks,
  createBlock,
  formatBlock,
  hashBlock,
  joinHashes,
  parseBlock,
  unpackBlock,
} from './block.ts';
import { changedPackages, compareBytes, comparePackages } from './changed.ts';
import { advisoryErrors } from './errors.ts';
import type {
  AdvisoryBlock,
  AdvisoryCopy,
  AdvisoryRow,
  AdvisoryShelf,
  AdvisoryStore,
  AdvisoryWriter,
  FeedRow,
  PackageHash,
} from './store.ts';

interface StoredPackage {
  readonly scope: string;
  readonly name: string;
  /** id -> body */
  readonly rows: Map<string, string>;
}

interface StoredFeed {
  readonly row: FeedRow;
  /** By `keyOf`. */
  readonly packages: ReadonlyMap<string, StoredPackage>;
}

interface OpenFeed {
  readonly feed: string;
  readonly packages: Map<string, StoredPackage>;
}

type Feeds = ReadonlyMap<string, StoredFeed>;

/** An empty shelf. */
export function createMemoryShelf(): AdvisoryShelf {
  let present: Feeds = new Map();
  return {
    open: async () => openStore(present),
    write: async () =>
      createWriter((begun) => {
        present = new Map([...present, ...begun]);
      }),
    copy: async () =>
      createCopy((feeds) => {
        present = feeds;
      }),
  };
}

function openStore(feeds: Feeds): AdvisoryStore {
  const ordered = [...feeds.values()].sort((a, b) => compareBytes(a.row.feed, b.row.feed));
  const store: AdvisoryStore = {
    feeds: () => ordered.map(({ row }) => row),
    find: (scope, name) =>
      ordered.flatMap(({ row: { feed }, packages }) =>
        sortedRows(packages.get(keyOf(scope, name))).map((row) => ({ feed, scope, name, ...row })),
      ),
    packages: () => hashPackages(ordered),
    blocks: () => listBlocks(ordered),
    changedSince: (older) => changedPackages(store, older),
    [Symbol.asyncDispose]: async () => {},
  };
  return store;
}

function hashPackages(feeds: readonly StoredFeed[]): PackageHash[] {
  const blocks = new Map<string, { scope: string; name: string; list: { feed: string; hash: string }[] }>();
  for (const { row, packages } of feeds) {
    for (const [key, entry] of packages) {
      const block = { feed: row.feed, hash: hashBlock(formatBlock(sortedRows(entry))) };
      const known = blocks.get(key);
      if (known === undefined) blocks.set(key, { scope: entry.scope, name: entry.name, list: [block] });
      else known.list.push(block);
    }
  }
  return [...blocks.values()]
    .map(({ scope, name, list }) => ({ scope, name, hash: joinHashes(list) }))
    .sort(comparePackages);
}

function listBlocks(feeds: readonly StoredFeed[]): AdvisoryBlock[] {
  return feeds
    .flatMap(({ row: { feed }, packages }) =>
      [...packages.values()].map((entry) =>
        createBlock({ scope: entry.scope, name: entry.name, feed }, formatBlock(sortedRows(entry))),
      ),
    )
    .sort(compareBlocks);
}

function sortedRows(entry: StoredPackage | undefined): BlockRow[] {
  return [...(entry?.rows ?? [])]
    .map(([id, body]) => ({ id, body }))
    .sort((a, b) => compareBytes(a.id, b.id));
}

function keyOf(scope: string, name: string): string {
  return `${scope}\n${name}`;
}

function createWriter(replace: (begun: Feeds) => void): AdvisoryWriter {
  const begun = new Map<string, StoredFeed>();
  let running: OpenFeed | undefined;
  const current = (feed: string): OpenFeed => {
    if (running?.feed !== feed) throw advisoryErrors.row_invalid(`feed ${feed} is not begun`);
    return running;
  };
  return {
    beginFeed(feed) {
      if (running !== undefined) throw advisoryErrors.row_invalid(`feed ${running.feed} is not ended`);
      running = { feed, packages: new Map() };
    },
    add(row: AdvisoryRow) {
      checkRow(row);
      const { packages } = current(row.feed);
      const key = keyOf(row.scope, row.name);
      const entry = packages.get(key) ?? { scope: row.scope, name: row.name, rows: new Map() };
      entry.rows.set(row.id, row.body);
      packages.set(key, entry);
    },
    async endFeed(row) {
      begun.set(row.feed, { row, packages: current(row.feed).packages });
      running = undefined;
    },
    abandonFeed() {
      running = undefined;
    },
    async finish() {
      if (running !== undefined) throw advisoryErrors.row_invalid(`feed ${running.feed} is not ended`);
      replace(begun);
    },
    [Symbol.asyncDispose]: async () => {},
  };
}

function createCopy(replace: (feeds: Feeds) => void): AdvisoryCopy {
  const packages = new Map<string, Map<string, StoredPackage>>();
  let last: AdvisoryBlock | undefined;
  return {
    add(block) {
      checkOrder(last, block);
      last = block;
      const { scope, name, feed, packed } = block;
      const rows = new Map(parseBlock(unpackBlock(packed)).map(({ id, body }) => [id, body]));
      const ofFeed = packages.get(feed) ?? new Map<string, StoredPackage>();
      packages.set(feed, ofFeed.set(keyOf(scope, name), { scope, name, rows }));
    },
    async finish(feeds) {
      replace(
        new Map(feeds.map((row) => [row.feed, { row, packages: packages.get(row.feed) ?? new Map() }])),
      );
    },
    [Symbol.asyncDispose]: async () => {},
  };
}
