// One connection of node:sqlite, as kysely asks for a library: statements prepared once and kept by their text, and
// failures of the file or the disk as `db.unavailable`.
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { describeError } from '../../kit/error.ts';
import { dbErrors } from './errors.ts';

/** Another process (a backup, a reader) may hold the file this long before a query fails. */
const BUSY_TIMEOUT_MS = 5_000;
/** Distinct query texts of the product are under 200; lists of varying length make a few more. */
const CACHED_STATEMENTS = 512;

/** Opens the file; `db.unavailable`. A reader neither makes it nor ever writes it. */
export function openConnection(file: string, { readOnly = false } = {}): DatabaseSync {
  return attempt(`the database ${file} cannot be opened`, () => {
    const connection = new DatabaseSync(file, {
      timeout: BUSY_TIMEOUT_MS,
      enableForeignKeyConstraints: true,
      readOnly,
    });
    try {
      if (!readOnly) connection.exec('pragma journal_mode = wal; pragma synchronous = full;');
      // 64 MB of pages in memory and reads through mmap: the hot tables of a large registry fit.
      connection.exec(
        'pragma cache_size = -65536; pragma mmap_size = 268435456; pragma temp_store = memory;',
      );
    } catch (cause) {
      connection.close();
      throw cause;
    }
    return connection;
  });
}

export interface CachedStatement {
  readonly reader: boolean;
  all(parameters: readonly unknown[]): unknown[];
  run(parameters: readonly unknown[]): { changes: number | bigint; lastInsertRowid: number | bigint };
  iterate(parameters: readonly unknown[]): IterableIterator<unknown>;
}

/** What kysely asks of a SQLite library, with prepared statements kept by their text, oldest use dropped first. */
export function createStatementCache(
  connection: DatabaseSync,
  watch: (text: string, statement: CachedStatement) => CachedStatement = (_text, statement) => statement,
): {
  prepare(text: string): CachedStatement;
  close(): void;
} {
  const cache = new Map<string, CachedStatement>();
  return {
    prepare(text) {
      const known = cache.get(text);
      if (known !== undefined) {
        cache.delete(text);
        cache.set(text, known);
        return known;
      }
      const prepared = watch(
        text,
        wrapStatement(attempt('the database refused a query', () => connection.prepare(spelling(text)))),
      );
      const statement = text === 'rollback' ? skipWhereOver(connection, prepared) : prepared;
      cache.set(text, statement);
      if (cache.size > CACHED_STATEMENTS) cache.delete(cache.keys().next().value as string);
      return statement;
    },
    close: () => connection.close(),
  };
}

/**
 * A transaction takes the write lock at once: begun as a reader, it could not wait for another
 * process's commit in the middle, but would fail.
 */
function spelling(text: string): string {
  return text === 'begin' ? 'begin immediate' : text;
}

/** A full or failing disk ends the transaction by itself; rolling back then must not hide why. */
function skipWhereOver(connection: DatabaseSync, rollback: CachedStatement): CachedStatement {
  return {
    ...rollback,
    run: (parameters) =>
      connection.isTransaction ? rollback.run(parameters) : { changes: 0, lastInsertRowid: 0 },
  };
}

function wrapStatement(statement: StatementSync): CachedStatement {
  const failed = 'the database failed';
  return {
    reader: statement.columns().length > 0,
    // node:sqlite's rows have no prototype; rows of every adapter are plain objects.
    all: (parameters) =>
      attempt(failed, () => statement.all(...(parameters as SQLInputValue[]))).map((row) => ({ ...row })),
    run: (parameters) => attempt(failed, () => statement.run(...(parameters as SQLInputValue[]))),
    *iterate(parameters) {
      for (const row of statement.iterate(...(parameters as SQLInputValue[]))) yield { ...row };
    },
  };
}

/** SQLite's result codes that mean the file or the disk, not the query: sqlite.org/rescode.html. */
const UNAVAILABLE: ReadonlySet<number> = new Set([
  5, // BUSY
  6, // LOCKED
  8, // READONLY
  10, // IOERR
  11, // CORRUPT
  13, // FULL
  14, // CANTOPEN
  26, // NOTADB
]);

function attempt<T>(what: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    const { errcode } = cause as { errcode?: number };
    // The low byte is the primary code, above it stands the detail.
    if (errcode === undefined || !UNAVAILABLE.has(errcode & 0xff)) throw cause;
    throw dbErrors.unavailable(`${what}: ${describeError(cause)}`, { cause });
  }
}
