// What the sentinel keeps: how each move of a tag was judged (beside its leaf, which says what happened), tags that
// wait for their owner, and by which credentials a repository was pushed to. Moves of before are not judged, and
// pushers of before are known as far as the audit log tells of them.
import type { Migration } from '../migrate.ts';

export const sentinel: Migration = Object.freeze<Migration>({
  name: '0008-sentinel',
  async up(query, types) {
    await query.schema
      .createTable('tag_suspicion')
      .addColumn('leaf', types.integer, (column) => column.notNull())
      .addColumn('suspicions_json', types.text, (column) => column.notNull())
      .addColumn('unknowns_json', types.text, (column) => column.notNull())
      .addColumn('judged_at', types.integer, (column) => column.notNull())
      .addPrimaryKeyConstraint('tag_suspicion_key', ['leaf'])
      .execute();
    await query.schema
      .createTable('tag_hold')
      .addColumn('repository_id', types.integer, (column) => column.notNull())
      .addColumn('tag', types.text, (column) => column.notNull())
      .addColumn('digest', types.text, (column) => column.notNull())
      .addColumn('previous', types.text, (column) => column.notNull())
      .addColumn('who', types.text, (column) => column.notNull())
      .addColumn('via', types.text, (column) => column.notNull())
      .addColumn('at', types.integer, (column) => column.notNull())
      .addColumn('suspicions_json', types.text, (column) => column.notNull())
      .addColumn('unknowns_json', types.text, (column) => column.notNull())
      .addPrimaryKeyConstraint('tag_hold_key', ['repository_id', 'tag'])
      .addForeignKeyConstraint('tag_hold_repository', ['repository_id'], 'repository', ['id'], (key) =>
        key.onDelete('cascade'),
      )
      .execute();
    await query.schema
      .createTable('tag_pusher')
      .addColumn('repository', types.text, (column) => column.notNull())
      .addColumn('credential', types.text, (column) => column.notNull())
      .addColumn('first_at', types.integer, (column) => column.notNull())
      .addPrimaryKeyConstraint('tag_pusher_key', ['repository', 'credential'])
      .execute();
    await query
      .insertInto('tag_pusher')
      .columns(['repository', 'credential', 'first_at'])
      .expression((from) =>
        from
          .selectFrom('audit')
          .select(({ fn, eb, val }) => [
            'target as repository',
            eb(eb('who', '||', val(' by ')), '||', eb.ref('via')).as('credential'),
            fn.min('at').as('first_at'),
          ])
          .where('action', '=', 'tag.move')
          .groupBy(['target', 'who', 'via']),
      )
      .execute();
    await query.schema
      .createIndex('tag_leaf_repository')
      .on('tag_leaf')
      .columns(['repository', 'leaf'])
      .execute();
  },
});
