// Building a store file: rows of the running feed are staged in a second file, and become blocks when the
// feed ends; feeds not begun are copied from the present store at the end. Synchronous calls only:
// node:sqlite has no others, and each is short.
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { setImmediate } from 'node:timers/promises';
import { checkRow, formatBlock, hashBlock, packBlock } from './block.ts';
import { advisoryErrors } from './errors.ts';
import { APPLICATION_ID, CREATE_STAGING, CREATE_STORE, SCHEMA_VERSION } from './sqlite-schema.ts';
import type { AdvisoryRow, AdvisoryWriter } from './store.ts';

/** Some milliseconds' work; a server answers requests in between. */
const BLOCKS_AT_ONCE = 100;

type StagedRow = Pick<AdvisoryRow, 'scope' | 'name' | 'id' | 'body'>;

/** A store being built; `close` may be called at any time. */
export interface SqliteBuild extends Pick<AdvisoryWriter, 'beginFeed' | 'add' | 'endFeed' | 'abandonFeed'> {
  /** Copies what was not begun from the store at `presentPath` and closes the file, complete. */
  finish(presentPath: string | undefined): void;
  close(): void;
}

/** Starts a store file at `path`, and `path.staging` beside it; the caller removes both where unfinished. */
export function createSqliteBuild(path: string): SqliteBuild {
  const db = openBuild(path);
  const stage = db.prepare('INSERT INTO staging.row (scope, name, id, body) VALUES (?, ?, ?, ?)');
  const ended = new Set<string>();
  let running: string | undefined;
  return {
    beginFeed(feed) {
      if (running !== undefined) throw advisoryErrors.row_invalid(`feed ${running} is not ended`);
      if (ended.has(feed)) throw advisoryErrors.row_invalid(`feed ${feed} is begun twice`);
      running = feed;
      db.exec('BEGIN');
    },
    add(row: AdvisoryRow) {
      if (running !== row.feed) throw advisoryErrors.row_invalid(`feed ${row.feed} is not begun`);
      checkRow(row);
      stage.run(row.scope, row.name, row.id, row.body);
    },
    async endFeed(row) {
      if (running !== row.feed) throw advisoryErrors.row_invalid(`feed ${row.feed} is not begun`);
      await storeBlocks(db, row.feed);
      db.prepare('INSERT INTO feed (feed, row) VALUES (?, ?)').run(row.feed, JSON.stringify(row));
      db.exec('DELETE FROM staging.row; COMMIT');
      ended.add(row.feed);
      running = undefined;
    },
    abandonFeed() {
      if (running !== undefined) db.exec('ROLLBACK');
      running = undefined;
    },
    finish(presentPath) {
      if (running !== undefined) throw advisoryErrors.row_invalid(`feed ${running} is not ended`);
      if (presentPath !== undefined) carryOver(db, presentPath);
      db.close();
    },
    close() {
      if (db.isOpen) db.close();
    },
  };
}

/** A new store file, without rows. */
export function openEmptyStore(path: string): DatabaseSync {
  const db = new DatabaseSync(path);
  // Nobody else sees the file before it is complete and synced, so a journal on disk would protect nothing.
  db.exec(`PRAGMA page_size = 8192; PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF;
    PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${SCHEMA_VERSION}; ${CREATE_STORE}`);
  return db;
}

function openBuild(path: string): DatabaseSync {
  const db = openEmptyStore(path);
  db.prepare('ATTACH ? AS staging').run(`${path}.staging`);
  db.exec(`PRAGMA staging.journal_mode = MEMORY; PRAGMA staging.synchronous = OFF; ${CREATE_STAGING}`);
  return db;
}

/** One sorted pass over the staged rows; of rows with one id the last added wins. */
async function storeBlocks(db: DatabaseSync, feed: string): Promise<void> {
  const insert = db.prepare('INSERT INTO block (scope, name, feed, hash, rows) VALUES (?, ?, ?, ?, ?)');
  const staged = db
    .prepare('SELECT scope, name, id, body FROM staging.row ORDER BY scope, name, id, rowid')
    .iterate() as Iterable<StagedRow>;
  let block: StagedRow[] = [];
  let count = 0;
  for (const row of staged) {
    const first = block[0];
    if (first !== undefined && (first.scope !== row.scope || first.name !== row.name)) {
      insertBlock(insert, feed, block);
      block = [];
      count += 1;
      if (count % BLOCKS_AT_ONCE === 0) await setImmediate();
    }
    if (block.at(-1)?.id === row.id) block.pop();
    block.push(row);
  }
  insertBlock(insert, feed, block);
}

function insertBlock(insert: StatementSync, feed: string, block: readonly StagedRow[]): void {
  const [first] = block;
  if (first === undefined) return;
  const text = formatBlock(block);
  insert.run(first.scope, first.name, feed, hashBlock(text), packBlock(text));
}

function carryOver(db: DatabaseSync, presentPath: string): void {
  db.prepare('ATTACH ? AS present').run(presentPath);
  db.exec(`BEGIN;
    INSERT INTO block SELECT * FROM present.block WHERE feed NOT IN (SELECT feed FROM feed);
    INSERT INTO feed SELECT * FROM present.feed WHERE feed NOT IN (SELECT feed FROM feed);
    COMMIT; DETACH present`);
}
