// A store file made of another store's blocks, taken as they are: nothing is unpacked, sorted or staged, since
// blocks come in the order of the file's own key. Synchronous calls only, each short.
import { checkOrder } from './block.ts';
import { openEmptyStore } from './sqlite-build.ts';
import type { AdvisoryBlock, AdvisoryCopy, FeedRow } from './store.ts';

/** A store being copied; `close` may be called at any time. */
export interface SqliteCopy extends Pick<AdvisoryCopy, 'add'> {
  /** Writes the feeds' rows and closes the file, complete. */
  finish(feeds: readonly FeedRow[]): void;
  close(): void;
}

/** Starts a store file at `path`; the caller removes it where unfinished. */
export function createSqliteCopy(path: string): SqliteCopy {
  const db = openEmptyStore(path);
  const insert = db.prepare('INSERT INTO block (scope, name, feed, hash, rows) VALUES (?, ?, ?, ?, ?)');
  let last: AdvisoryBlock | undefined;
  db.exec('BEGIN');
  return {
    add(block) {
      checkOrder(last, block);
      last = block;
      insert.run(block.scope, block.name, block.feed, block.hash, block.packed);
    },
    finish(feeds) {
      const feed = db.prepare('INSERT INTO feed (feed, row) VALUES (?, ?)');
      for (const row of feeds) feed.run(row.feed, JSON.stringify(row));
      db.exec('COMMIT');
      db.close();
    },
    close() {
      if (db.isOpen) db.close();
    },
  };
}
