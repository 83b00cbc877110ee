// Brings a database's tables up to date at start. Each migration runs in one transaction with the row
// that remembers it: it is there whole or not at all. Names are never changed once released.
// There is no way down: a backup made before the upgrade is.
import type { ColumnDataType, ColumnDefinitionBuilder, RawBuilder, Transaction } from 'kysely';
import type { Database } from './database.ts';
import { dbErrors } from './errors.ts';
import type { Tables } from './tables.ts';

/** A column's type as one database spells it. */
export type ColumnType = ColumnDataType | RawBuilder<unknown>;

/** How a database spells the few types that tables.ts uses. Handed over by the adapter. */
export interface ColumnTypes {
  /** Text that compares bytewise. */
  readonly text: ColumnType;
  /** At least 53 bits: times are milliseconds, sizes are bytes. */
  readonly integer: ColumnType;
  readonly bytes: ColumnType;
  /** A primary key that counts up by itself and never gives a number twice. */
  readonly identity: {
    readonly type: ColumnType;
    build(column: ColumnDefinitionBuilder): ColumnDefinitionBuilder;
  };
}

/** One step; listed in migrations/all.ts. */
export interface Migration {
  /** `NNNN-what`, the file's name. */
  readonly name: string;
  up(query: Transaction<Tables>, types: ColumnTypes): Promise<void>;
}

type MigrationTables = { schema_migration: { name: string; applied_at: number } };

/**
 * Applies what is missing, in order, and returns the names applied. Throws `db.newer_schema` and changes
 * nothing where the database knows a migration that this program does not.
 */
export async function migrate(
  database: Database,
  migrations: readonly Migration[],
  types: ColumnTypes,
): Promise<readonly string[]> {
  await database.query.schema
    .createTable('schema_migration')
    .ifNotExists()
    .addColumn('name', types.text, (column) => column.primaryKey())
    .addColumn('applied_at', types.integer, (column) => column.notNull())
    .execute();
  const applied = await appliedNames(database);
  const known = new Set(migrations.map((migration) => migration.name));
  const unknown = [...applied].filter((name) => !known.has(name));
  if (unknown.length > 0)
    throw dbErrors.newer_schema(
      `the database has the change ${unknown[0]}, which this version does not know`,
    );

  const missing = migrations.filter((migration) => !applied.has(migration.name));
  for (const migration of missing)
    await database.transaction(async (query) => {
      await migration.up(query, types);
      await query
        .withTables<MigrationTables>()
        .insertInto('schema_migration')
        .values({ name: migration.name, applied_at: Date.now() })
        .execute();
    });
  return missing.map((migration) => migration.name);
}

async function appliedNames(database: Database): Promise<ReadonlySet<string>> {
  const rows = await database.query
    .withTables<MigrationTables>()
    .selectFrom('schema_migration')
    .select('name')
    .execute();
  return new Set(rows.map((row) => row.name));
}
