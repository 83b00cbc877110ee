// Reading one store file. It never changes once it has its name, so it is opened read-only, and what is
// read once stays true while it is open.
import { DatabaseSync } from 'node:sqlite';
import { describeError } from '../../kit/error.ts';
import { joinHashes, parseBlock, unpackBlock } from './block.ts';
import { changedPackages } from './changed.ts';
import { advisoryErrors } from './errors.ts';
import { APPLICATION_ID, SCHEMA_VERSION } from './sqlite-schema.ts';
import type { AdvisoryBlock, AdvisoryRow, AdvisoryStore, FeedRow, PackageHash } from './store.ts';

/** Opens the store file, or throws `advisories.store_damaged`. `close` is its disposal, at once. */
export function openSqliteStore(path: string): AdvisoryStore & { close(): void } {
  const db = openChecked(path);
  const feeds = guarded(path, () => readFeeds(db));
  const find = db.prepare('SELECT feed, rows FROM block WHERE scope = ? AND name = ? ORDER BY feed');
  const close = (): void => {
    if (db.isOpen) db.close();
  };
  const store = {
    feeds: () => feeds,
    find: (scope: string, name: string): readonly AdvisoryRow[] =>
      guarded(path, () =>
        (find.all(scope, name) as { feed: string; rows: Uint8Array }[]).flatMap(({ feed, rows }) =>
          parseBlock(unpackBlock(rows)).map((row) => ({ feed, scope, name, ...row })),
        ),
      ),
    packages: () => readPackages(db),
    blocks: () => readBlocks(db, path),
    changedSince: (older: AdvisoryStore) => changedPackages(store, older),
    close,
    [Symbol.asyncDispose]: async () => close(),
  };
  return store;
}

function openChecked(path: string): DatabaseSync {
  return guarded(path, () => {
    const db = new DatabaseSync(path, { readOnly: true });
    const application = db.prepare('PRAGMA application_id').get()?.application_id;
    const version = db.prepare('PRAGMA user_version').get()?.user_version;
    if (application !== APPLICATION_ID || version !== SCHEMA_VERSION) {
      db.close();
      throw advisoryErrors.store_damaged(`${path} is not an advisory store of version ${SCHEMA_VERSION}`);
    }
    return db;
  });
}

function readFeeds(db: DatabaseSync): readonly FeedRow[] {
  const rows = db.prepare('SELECT row FROM feed ORDER BY feed').all() as { row: string }[];
  return rows.map(({ row }) => JSON.parse(row) as FeedRow);
}

function* readBlocks(db: DatabaseSync, path: string): Iterable<AdvisoryBlock> {
  const rows = guarded(path, () =>
    db
      .prepare('SELECT scope, name, feed, hash, rows AS packed FROM block ORDER BY scope, name, feed')
      .iterate()
      [Symbol.iterator](),
  ) as Iterator<unknown, undefined>;
  try {
    for (;;) {
      const next = guarded(path, () => rows.next());
      if (next.done === true) return;
      yield next.value as AdvisoryBlock;
    }
  } finally {
    rows.return?.();
  }
}

function* readPackages(db: DatabaseSync): Iterable<PackageHash> {
  const blocks = db
    .prepare('SELECT scope, name, feed, hash FROM block ORDER BY scope, name, feed')
    .iterate() as Iterable<{ scope: string; name: string; feed: string; hash: string }>;
  let list: { scope: string; name: string; feed: string; hash: string }[] = [];
  for (const block of blocks) {
    const first = list[0];
    if (first !== undefined && (first.scope !== block.scope || first.name !== block.name)) {
      yield { scope: first.scope, name: first.name, hash: joinHashes(list) };
      list = [];
    }
    list.push(block);
  }
  const last = list[0];
  if (last !== undefined) yield { scope: last.scope, name: last.name, hash: joinHashes(list) };
}

/** SQLite's own errors (a cut file, a foreign one) become the domain's. */
function guarded<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ERR_SQLITE_ERROR') {
      throw advisoryErrors.store_damaged(`${path} cannot be read: ${describeError(cause)}`, { cause });
    }
    throw cause;
  }
}
