// What collection, proving and undeleting stand on. A blob knows since when nothing reaches it, when its bytes
// were last proven, and whether they were found damaged; a repository's link, since when no manifest uses it.
// What a manifest names and its repository does not hold stands in manifest_missing; what was deleted, in trash.
import { sql, type Transaction } from 'kysely';
import type { ColumnTypes, Migration } from '../migrate.ts';
import type { Tables } from '../tables.ts';

export const collection: Migration = Object.freeze<Migration>({
  name: '0006-collection',
  async up(query, types) {
    await addBlobColumns(query, types);
    await createMissing(query, types);
    await createTrash(query, types);
  },
});

type Build = Transaction<Tables>;

async function addBlobColumns(query: Build, types: ColumnTypes): Promise<void> {
  for (const column of ['collectable_at', 'proven_at', 'damaged_at'])
    await query.schema.alterTable('blob').addColumn(column, types.integer).execute();
  // Their digest was computed when they came in, and not since.
  await query
    .updateTable('blob')
    .set((set) => ({ proven_at: set.ref('created_at') }))
    .execute();
  await query.schema.createIndex('blob_proven').on('blob').columns(['proven_at', 'digest']).execute();
  await query.schema
    .createIndex('blob_collectable')
    .on('blob')
    .columns(['collectable_at', 'digest'])
    .where(sql.ref('collectable_at'), 'is not', null)
    .execute();
  await query.schema.alterTable('repository_blob').addColumn('unused_at', types.integer).execute();
  await query.schema
    .createIndex('repository_blob_unused')
    .on('repository_blob')
    .columns(['unused_at', 'repository_id', 'digest'])
    .where(sql.ref('unused_at'), 'is not', null)
    .execute();
}

async function createMissing(query: Build, types: ColumnTypes): Promise<void> {
  await query.schema
    .createTable('manifest_missing')
    .addColumn('repository_id', types.integer, (column) => column.notNull())
    .addColumn('digest', types.text, (column) => column.notNull())
    .addColumn('child_digest', types.text, (column) => column.notNull())
    // The blob first: each push of one asks who waits for it.
    .addPrimaryKeyConstraint('manifest_missing_key', ['repository_id', 'child_digest', 'digest'])
    .addForeignKeyConstraint(
      'manifest_missing_manifest',
      ['repository_id', 'digest'],
      'manifest',
      ['repository_id', 'digest'],
      (key) => key.onDelete('cascade'),
    )
    .execute();
  await query.schema
    .createIndex('manifest_missing_manifest')
    .on('manifest_missing')
    .columns(['repository_id', 'digest'])
    .execute();
}

async function createTrash(query: Build, types: ColumnTypes): Promise<void> {
  await query.schema
    .createTable('trash')
    .addColumn('repository_id', types.integer, (column) => column.notNull())
    .addColumn('digest', types.text, (column) => column.notNull())
    .addColumn('media_type', types.text, (column) => column.notNull())
    .addColumn('deleted_at', types.integer, (column) => column.notNull())
    .addColumn('deleted_by', types.text, (column) => column.notNull())
    .addColumn('seen_at', types.integer)
    .addPrimaryKeyConstraint('trash_key', ['repository_id', 'digest'])
    .addForeignKeyConstraint('trash_repository', ['repository_id'], 'repository', ['id'])
    .addForeignKeyConstraint('trash_blob', ['digest'], 'blob', ['digest'])
    .execute();
  await query.schema.createIndex('trash_digest').on('trash').column('digest').execute();
  await query.schema.createIndex('trash_seen').on('trash').column('seen_at').execute();
  await query.schema
    .createTable('trash_child')
    .addColumn('repository_id', types.integer, (column) => column.notNull())
    .addColumn('digest', types.text, (column) => column.notNull())
    .addColumn('child_digest', types.text, (column) => column.notNull())
    .addPrimaryKeyConstraint('trash_child_key', ['repository_id', 'child_digest', 'digest'])
    .addForeignKeyConstraint(
      'trash_child_trash',
      ['repository_id', 'digest'],
      'trash',
      ['repository_id', 'digest'],
      (key) => key.onDelete('cascade'),
    )
    .execute();
  await query.schema
    .createIndex('trash_child_trash')
    .on('trash_child')
    .columns(['repository_id', 'digest'])
    .execute();
  await query.schema
    .createTable('trash_tag')
    .addColumn('repository_id', types.integer, (column) => column.notNull())
    .addColumn('name', types.text, (column) => column.notNull())
    .addColumn('digest', types.text, (column) => column.notNull())
    .addColumn('deleted_at', types.integer, (column) => column.notNull())
    .addColumn('deleted_by', types.text, (column) => column.notNull())
    .addColumn('seen_at', types.integer)
    .addPrimaryKeyConstraint('trash_tag_key', ['repository_id', 'name', 'digest'])
    .addForeignKeyConstraint('trash_tag_repository', ['repository_id'], 'repository', ['id'])
    .execute();
  await query.schema.createIndex('trash_tag_seen').on('trash_tag').column('seen_at').execute();
}
