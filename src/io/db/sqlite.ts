// The embedded database: node:sqlite behind kysely's SQLite dialect. WAL with full synchronisation: a
// commit that was answered survives a power loss. One connection; kysely hands it to one query or one
// whole transaction at a time, so nothing ever runs in between a transaction's queries; transactions
// that wait together are committed together (group-commit.ts).
// node:sqlite works in the calling thread: queries stay short (indexed, paged), see tables.ts.
import { Kysely, SqliteDialect, sql } from 'kysely';
import type { Database } from './database.ts';
import { createGroupCommit } from './group-commit.ts';
import { type ColumnTypes, migrate } from './migrate.ts';
import { migrations } from './migrations/all.ts';
import { type CachedStatement, createStatementCache, openConnection } from './sqlite-connection.ts';
import type { Tables } from './tables.ts';

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
    dialect: new SqliteDialect({ database: createStatementCache(connection, writes.watch) }),
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
