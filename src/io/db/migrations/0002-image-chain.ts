// The layers of images as stacks, to find bases and descendants by. Rows of scans made before are filled in by the
// server's daily `index-layers` job, since their layers stand in compressed inventories.
import type { Migration } from '../migrate.ts';

export const imageChain: Migration = Object.freeze<Migration>({
  name: '0002-image-chain',
  async up(query, types) {
    await query.schema
      .createTable('image_chain')
      .addColumn('digest', types.text, (column) => column.notNull())
      .addColumn('layers', types.integer, (column) => column.notNull())
      .addColumn('chain_id', types.text, (column) => column.notNull())
      .addColumn('is_whole', types.integer, (column) => column.notNull())
      .addPrimaryKeyConstraint('image_chain_key', ['digest', 'layers'])
      .execute();
    await query.schema
      .createIndex('image_chain_chain')
      .on('image_chain')
      .columns(['chain_id', 'is_whole', 'digest'])
      .execute();
  },
});
