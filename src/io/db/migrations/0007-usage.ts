// How many bytes a namespace may hold. What it holds is computed from its repositories' rows and kept nowhere, so
// that it cannot be wrong.
import type { Migration } from '../migrate.ts';

export const usage: Migration = Object.freeze<Migration>({
  name: '0007-usage',
  async up(query, types) {
    await query.schema
      .createTable('namespace_quota')
      // Also of namespaces that nobody owns: no foreign key.
      .addColumn('namespace', types.text, (column) => column.primaryKey())
      .addColumn('quota_bytes', types.integer, (column) => column.notNull())
      .addColumn('set_at', types.integer, (column) => column.notNull())
      .execute();
  },
});
