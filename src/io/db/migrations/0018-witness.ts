// What this instance has cosigned of other logs: one checkpoint for each, which only grows.
import type { Migration } from '../migrate.ts';

export const witness: Migration = Object.freeze<Migration>({
  name: '0018-witness',
  async up(query, types) {
    await query.schema
      .createTable('witnessed_log')
      .addColumn('origin', types.text, (column) => column.primaryKey())
      .addColumn('size', types.integer, (column) => column.notNull())
      .addColumn('root', types.bytes, (column) => column.notNull())
      .addColumn('note', types.text, (column) => column.notNull())
      .addColumn('cosigned_at', types.integer, (column) => column.notNull())
      .execute();
  },
});
