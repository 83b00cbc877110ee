// Repositories of very many tags: how many there are stands with the repository (rows/tag.ts keeps it, in the
// transaction that makes or removes one), and one index holds what lists of tags show in the order that they show it,
// so that a page costs what it shows and a filter reads no row.
import type { Migration } from '../migrate.ts';

export const manyTags: Migration = Object.freeze<Migration>({
  name: '0013-many-tags',
  async up(query, types) {
    await query.schema
      .alterTable('repository')
      .addColumn('tags', types.integer, (column) => column.notNull().defaultTo(0))
      .execute();
    await query
      .updateTable('repository')
      .set(({ selectFrom, fn }) => ({
        tags: selectFrom('tag')
          .select(fn.countAll<number>().as('tags'))
          .whereRef('tag.repository_id', '=', 'repository.id'),
      }))
      .execute();
    await query.schema.dropIndex('tag_repository_updated').execute();
    await query.schema
      .createIndex('tag_newest')
      .on('tag')
      .columns(['repository_id', 'updated_at desc', 'name', 'digest'])
      .execute();
    // The tags of one manifest in their order: without it a planner rather walks all tags by name.
    await query.schema.dropIndex('tag_digest').execute();
    await query.schema
      .createIndex('tag_digest')
      .on('tag')
      .columns(['repository_id', 'digest', 'name'])
      .execute();
  },
});
