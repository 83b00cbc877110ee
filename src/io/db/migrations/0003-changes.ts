// Tag moves as history, and the webhooks that are told of them. A change goes with its repository; a delivery
// goes with its webhook. At most one delivery stands per webhook and change, so that telling twice is telling once.
import { sql, type Transaction } from 'kysely';
import type { ColumnTypes, Migration } from '../migrate.ts';
import type { Tables } from '../tables.ts';

export const changes: Migration = Object.freeze<Migration>({
  name: '0003-changes',
  async up(query, types) {
    await createChanges(query, types);
    await createWebhooks(query, types);
  },
});

async function createChanges(query: Transaction<Tables>, types: ColumnTypes): Promise<void> {
  await query.schema
    .createTable('tag_change')
    .addColumn('id', types.identity.type, types.identity.build)
    .addColumn('repository_id', types.integer, (column) => column.notNull())
    .addColumn('tag', types.text, (column) => column.notNull())
    .addColumn('before_digest', types.text, (column) => column.notNull())
    .addColumn('after_digest', types.text, (column) => column.notNull())
    .addColumn('moved_at', types.integer, (column) => column.notNull())
    .addColumn('told_at', types.integer)
    .addForeignKeyConstraint('tag_change_repository', ['repository_id'], 'repository', ['id'], (key) =>
      key.onDelete('cascade'),
    )
    .execute();
  await query.schema
    .createIndex('tag_change_tag')
    .on('tag_change')
    .columns(['repository_id', 'tag', 'id'])
    .execute();
  await query.schema
    .createIndex('tag_change_after')
    .on('tag_change')
    .columns(['repository_id', 'after_digest', 'id'])
    .execute();
  await query.schema
    .createIndex('tag_change_untold')
    .on('tag_change')
    .column('id')
    .where(sql.ref('told_at'), 'is', null)
    .execute();
}

async function createWebhooks(query: Transaction<Tables>, types: ColumnTypes): Promise<void> {
  await query.schema
    .createTable('webhook')
    .addColumn('id', types.text, (column) => column.notNull())
    .addColumn('url', types.text, (column) => column.notNull())
    .addColumn('secret', types.text, (column) => column.notNull())
    .addColumn('repositories', types.text, (column) => column.notNull())
    .addColumn('created_at', types.integer, (column) => column.notNull())
    .addColumn('created_by', types.text, (column) => column.notNull())
    .addPrimaryKeyConstraint('webhook_key', ['id'])
    .execute();
  await query.schema
    .createTable('webhook_delivery')
    .addColumn('id', types.text, (column) => column.notNull())
    .addColumn('webhook_id', types.text, (column) => column.notNull())
    .addColumn('change_id', types.integer)
    .addColumn('event', types.text, (column) => column.notNull())
    .addColumn('body', types.text, (column) => column.notNull())
    .addColumn('state', types.text, (column) => column.notNull())
    .addColumn('attempts', types.integer, (column) => column.notNull())
    .addColumn('status', types.integer)
    .addColumn('error', types.text)
    .addColumn('created_at', types.integer, (column) => column.notNull())
    .addColumn('ended_at', types.integer)
    .addPrimaryKeyConstraint('webhook_delivery_key', ['id'])
    .addForeignKeyConstraint('webhook_delivery_webhook', ['webhook_id'], 'webhook', ['id'], (key) =>
      key.onDelete('cascade'),
    )
    .execute();
  await query.schema
    .createIndex('webhook_delivery_change')
    .unique()
    .on('webhook_delivery')
    .columns(['webhook_id', 'change_id'])
    .execute();
  await query.schema
    .createIndex('webhook_delivery_state')
    .on('webhook_delivery')
    .columns(['webhook_id', 'state', 'created_at'])
    .execute();
}
