// The embedded database as another process reads it while its owner writes: a connection that cannot write. What the
// owner has committed is seen by the next query; SQLite's own count of others' commits says whether anything has
// changed (sqlite.org/pragma.html#pragma_data_version), so that what was read stays known exactly until then.
import { Kysely, SqliteDialect, sql } from 'kysely';
import type { Database } from './database.ts';
import { dbErrors } from './errors.ts';
import { createStatementCache, openConnection } from './sqlite-connection.ts';
import type { Tables } from './tables.ts';

/** Opens a file that its owner has made and keeps open: `db.unavailable`. A transaction is `db.read_only`. */
export function openSqliteReader(file: string): Database {
  const connection = openConnection(file, { readOnly: true });
  const query = new Kysely<Tables>({
    dialect: new SqliteDialect({ database: createStatementCache(connection) }),
  });
  const version = connection.prepare('pragma data_version');
  return Object.freeze<Database>({
    query,
    async transaction() {
      throw dbErrors.read_only('this process reads the database and does not write it');
    },
    stateOf: () => version.get()?.data_version as number,
    async ping() {
      await sql`select 1`.execute(query);
    },
    async [Symbol.asyncDispose]() {
      await query.destroy();
      // Kysely closes only what it has used.
      if (connection.isOpen) connection.close();
    },
  });
}
