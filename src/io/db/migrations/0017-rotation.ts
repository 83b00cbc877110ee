// Keys that are renewed: those of bearer tokens in generations, and those of the authority that wait for their
// certificate. The key that was there before becomes the first generation; when it was made, nobody wrote down.
import type { Migration } from '../migrate.ts';

export const rotation: Migration = Object.freeze<Migration>({
  name: '0017-rotation',
  async up(query, types) {
    await query.schema
      .createTable('kept_key')
      .addColumn('name', types.text, (column) => column.notNull())
      .addColumn('generation', types.integer, (column) => column.notNull())
      .addColumn('secret', types.text, (column) => column.notNull())
      .addColumn('made_at', types.integer)
      .addColumn('accepted_until', types.integer)
      .addPrimaryKeyConstraint('kept_key_key', ['name', 'generation'])
      .execute();
    await query.schema
      .createTable('trust_request')
      .addColumn('id', types.text, (column) => column.primaryKey())
      .addColumn('purpose', types.text, (column) => column.notNull())
      .addColumn('reference', types.text, (column) => column.notNull())
      .addColumn('public_key', types.bytes, (column) => column.notNull())
      .addColumn('made_at', types.integer, (column) => column.notNull())
      .execute();
    const kept = await query.selectFrom('setting').select('value').where('name', '=', 'token_key').execute();
    for (const { value } of kept)
      await query
        .insertInto('kept_key')
        .values({ name: 'token_key', generation: 1, secret: value, made_at: null, accepted_until: null })
        .execute();
    await query.deleteFrom('setting').where('name', '=', 'token_key').execute();
  },
});
