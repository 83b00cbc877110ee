// The instance's authority: its keys, the log of what was signed with the hashes of its tree, and what the
// certificate log keeps. The rows of entries and hashes come in the order of their keys, so that appending writes at
// the end of each table.
import type { Migration } from '../migrate.ts';

export const trust: Migration = Object.freeze<Migration>({
  name: '0014-trust',
  async up(query, types) {
    await query.schema
      .createTable('trust_key')
      .addColumn('id', types.text, (column) => column.notNull())
      .addColumn('purpose', types.text, (column) => column.notNull())
      .addColumn('reference', types.text, (column) => column.notNull())
      .addColumn('public_key', types.bytes, (column) => column.notNull())
      .addColumn('chain_json', types.text, (column) => column.notNull())
      .addColumn('made_at', types.integer, (column) => column.notNull())
      .addColumn('valid_from', types.integer, (column) => column.notNull())
      .addColumn('valid_until', types.integer)
      .addColumn('last_used_at', types.integer)
      .addPrimaryKeyConstraint('trust_key_key', ['id'])
      .execute();
    await query.schema
      .createTable('trust_log')
      .addColumn('id', types.integer, (column) => column.notNull())
      .addColumn('size', types.integer, (column) => column.notNull())
      .addColumn('edge', types.bytes, (column) => column.notNull())
      .addPrimaryKeyConstraint('trust_log_key', ['id'])
      .execute();
    await query.schema
      .createTable('trust_log_entry')
      .addColumn('log', types.integer, (column) => column.notNull())
      .addColumn('leaf', types.integer, (column) => column.notNull())
      .addColumn('bytes', types.bytes, (column) => column.notNull())
      .addPrimaryKeyConstraint('trust_log_entry_key', ['log', 'leaf'])
      .execute();
    await query.schema
      .createTable('trust_log_hash')
      .addColumn('log', types.integer, (column) => column.notNull())
      .addColumn('place', types.integer, (column) => column.notNull())
      .addColumn('hash', types.bytes, (column) => column.notNull())
      .addPrimaryKeyConstraint('trust_log_hash_key', ['log', 'place'])
      .execute();
    await query.schema
      .createTable('trust_precertificate')
      .addColumn('leaf', types.integer, (column) => column.notNull())
      .addColumn('precertificate', types.bytes, (column) => column.notNull())
      .addColumn('leaf_bytes', types.bytes, (column) => column.notNull())
      .addColumn('chain_json', types.text, (column) => column.notNull())
      .addPrimaryKeyConstraint('trust_precertificate_key', ['leaf'])
      .execute();
    const head = { size: 0, edge: new Uint8Array(0) };
    await query
      .insertInto('trust_log')
      .values([{ id: 1, ...head }])
      .execute();
  },
});
