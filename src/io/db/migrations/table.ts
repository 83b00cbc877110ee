// How migrations spell a table: its columns by what they hold, none of them null but those that say so.
import type { CreateTableBuilder, Transaction } from 'kysely';
import type { ColumnTypes } from '../migrate.ts';
import type { Tables } from '../tables.ts';

interface Columns<C extends string> {
  /** The key that counts by itself. */
  readonly identity?: C;
  readonly text?: readonly C[];
  readonly integer?: readonly C[];
  readonly optionalText?: readonly C[];
  readonly optionalInteger?: readonly C[];
  readonly optionalBytes?: readonly C[];
}

/** A table with its columns; only columns that tables.ts knows are accepted. */
export function table<T extends keyof Tables & string, C extends keyof Tables[T] & string>(
  query: Transaction<Tables>,
  types: ColumnTypes,
  name: T,
  columns: Columns<C>,
): CreateTableBuilder<T, C> {
  let builder: CreateTableBuilder<T, C> = query.schema.createTable(name);
  const { identity } = columns;
  if (identity !== undefined)
    builder = builder.addColumn(identity, types.identity.type as 'integer', types.identity.build);
  const add = (names: readonly C[] | undefined, type: unknown, required: boolean): void => {
    for (const column of names ?? [])
      builder = builder.addColumn(column, type as 'text', (spec) => (required ? spec.notNull() : spec));
  };
  add(columns.text, types.text, true);
  add(columns.integer, types.integer, true);
  add(columns.optionalText, types.text, false);
  add(columns.optionalInteger, types.integer, false);
  add(columns.optionalBytes, types.bytes, false);
  return builder;
}
