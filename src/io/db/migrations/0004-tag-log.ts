// The tag log: one row for each leaf, the hashes of its tiles above the leaves, and the one row of its head, which
// whoever appends updates first: that row is the lock where several processes write. A tag names the leaf that
// put it where it is; tags of before have none until they are adopted (services/registry/tag-adoption.ts), at the
// start and before anything is served. A leaf outlives its repository: nothing here refers to one by its key.
import { sql } from 'kysely';
import type { Migration } from '../migrate.ts';

export const tagLog: Migration = Object.freeze<Migration>({
  name: '0004-tag-log',
  async up(query, types) {
    await query.schema
      .createTable('tag_leaf')
      .addColumn('leaf', types.integer, (column) => column.notNull())
      .addColumn('repository', types.text, (column) => column.notNull())
      .addColumn('tag', types.text, (column) => column.notNull())
      .addColumn('at', types.integer, (column) => column.notNull())
      .addColumn('record_json', types.text, (column) => column.notNull())
      .addColumn('salt', types.text)
      .addColumn('hash', types.bytes, (column) => column.notNull())
      .addPrimaryKeyConstraint('tag_leaf_key', ['leaf'])
      .execute();
    await query.schema
      .createIndex('tag_leaf_tag')
      .on('tag_leaf')
      .columns(['repository', 'tag', 'leaf'])
      .execute();
    await query.schema
      .createTable('tag_log_hash')
      .addColumn('level', types.integer, (column) => column.notNull())
      .addColumn('position', types.integer, (column) => column.notNull())
      .addColumn('hash', types.bytes, (column) => column.notNull())
      .addPrimaryKeyConstraint('tag_log_hash_key', ['level', 'position'])
      .execute();
    await query.schema
      .createTable('tag_log')
      .addColumn('id', types.integer, (column) => column.notNull())
      .addColumn('size', types.integer, (column) => column.notNull())
      .addColumn('edge', types.bytes, (column) => column.notNull())
      .addPrimaryKeyConstraint('tag_log_key', ['id'])
      .execute();
    await query
      .insertInto('tag_log')
      .values({ id: 1, size: 0, edge: new Uint8Array(0) })
      .execute();
    await query.schema.alterTable('tag').addColumn('leaf', types.integer).execute();
    await query.schema
      .createIndex('tag_unlogged')
      .on('tag')
      .columns(['repository_id', 'name'])
      .where(sql.ref('leaf'), 'is', null)
      .execute();
    await query.schema.alterTable('repository').addColumn('immutable_tags_json', types.text).execute();
  },
});
