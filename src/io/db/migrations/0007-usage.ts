// How many bytes a namespace may hold. What it holds is computed from its repositories' rows and kept nowhere, so
// that it cannot be wrong. And which events a webhook is told of, and of which delivery another is the replay.
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
    // Those that are there were made for what changed under a tag.
    await query.schema
      .alterTable('webhook')
      .addColumn('events', types.text, (column) => column.notNull().defaultTo('change'))
      .execute();
    await query.schema.alterTable('webhook_delivery').addColumn('replay_of', types.text).execute();
  },
});
