// The embedded database: node:sqlite behind kysely's SQLite dialect. WAL with full synchronisation: a
// commit that was answered survives a power loss. One connection; kysely hands it to one query or one
// whole transaction at a time, so nothing ever runs in between a transaction's queries; transactions
// that wait together are committed together (group-commit.ts).
// node:sqlite works in the calling thread: queries stay short (indexed, paged), see tables.ts.
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { Kysely, SqliteDialect, sql } from 'kysely';
import { describeError } from '../../kit/error.ts';
import type { Database } from './database.ts';
import { dbErrors } from './errors.ts';
import { createGroupCommit } from './group-commit.ts';
import { type ColumnTypes, migrate } from './migrate.ts';
import { migrations } from './migrations/all.ts';
import type { Tables } from './tables.ts';

/** Another process (a backup, a reader) may hold the file this long before a query fails. */
const BUSY_TIMEOUT_MS = 5_000;
/** Distinct query texts of the product are under 200; lists of varying length make a few more. */
const CACHED_STATEMENTS = 512;

const columnTypes: ColumnTypes = Object.freeze<ColumnTypes>({
  // SQLite compares text bytewise by itself.
  text: 'text',
  integer: 'integer',
  bytes: 'blob',
  identity: { type: 'integer', build: (column) => column.primaryKey().autoIncrement() },
});

/**
 * Opens the file (created where absent; `:memory:` for tests) and brings its tables up to date.
 * Throws `db.unavailable`, or `db.newer_schema` where a newer Plimsoll wrote it.
 */
export async function openSqliteDatabase(file: string): Promise<Database> {
  const connection = openConnection(file);
  const writes = createWriteCounts();
  const query = new Kysely<Tables>({
    dialect: new SqliteDialect({ database: createStatementCache(connection, writes) }),
  });
  const database: Database = Object.freeze<Database>({
    query,
    transaction: createGroupCommit(query),
    stateOf: (tables) => writes.sum(tables),
    async ping() {
      await sql`select 1`.execute(query);
    },
    async [Symbol.asyncDispose]() {
      await query.destroy();
      // Kysely closes only what it has used.
      if (connection.isOpen) connection.close();
    },
  });
  try {
    await migrate(database, migrations, columnTypes);
  } catch (cause) {
    await database[Symbol.asyncDispose]();
    throw cause;
  }
  return database;
}

function openConnection(file: string): DatabaseSync {
  return attempt(`the database ${file} cannot be opened`, () => {
    const connection = new DatabaseSync(file, {
      timeout: BUSY_TIMEOUT_MS,
      enableForeignKeyConstraints: true,
    });
    try {
      connection.exec('pragma journal_mode = wal; pragma synchronous = full;');
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

interface CachedStatement {
  readonly reader: boolean;
  all(parameters: readonly unknown[]): unknown[];
  run(parameters: readonly unknown[]): { changes: number | bigint; lastInsertRowid: number | bigint };
  iterate(parameters: readonly unknown[]): IterableIterator<unknown>;
}

/** What kysely asks of a SQLite library, with prepared statements kept by their text, oldest use dropped first. */
function createStatementCache(
  connection: DatabaseSync,
  writes: WriteCounts,
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
      const prepared = writes.watch(
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
 * How often each table was written. This process alone writes the file (a lock keeps it so), and no query runs in
 * between those of a transaction: whoever reads after a count reads the rows of then, or waits for the commit.
 * A statement that is not known to write one table counts for all; rows that a foreign key takes along are none that
 * anybody remembers.
 */
interface WriteCounts {
  watch(text: string, statement: CachedStatement): CachedStatement;
  sum(tables: readonly string[]): number;
}

const READS = /^(?:select|begin|commit|rollback|savepoint|release|pragma)\b/i;
const WRITES = /^(?:insert into|update|delete from) "(\w+)"/i;

function createWriteCounts(): WriteCounts {
  const counts = new Map<string, number>();
  let all = 0;
  return {
    watch(text, statement) {
      if (READS.test(text)) return statement;
      const table = WRITES.exec(text)?.[1];
      const count = (): void => {
        if (table === undefined) all += 1;
        else counts.set(table, (counts.get(table) ?? 0) + 1);
      };
      const counted =
        <A extends unknown[], R>(work: (...args: A) => R) =>
        (...args: A): R => {
          count();
          return work(...args);
        };
      return {
        reader: statement.reader,
        all: counted(statement.all),
        run: counted(statement.run),
        iterate: counted(statement.iterate),
      };
    },
    sum: (tables) => tables.reduce((sum, table) => sum + (counts.get(table) ?? 0), all),
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
