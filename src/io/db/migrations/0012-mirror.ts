// What is known of a damaged blob beside that it is damaged: why, who was asked for its bytes, and where they came from
// in the end. Damage of before has no reason that anybody wrote down.
import type { Migration } from '../migrate.ts';
import { table } from './table.ts';

export const mirror: Migration = Object.freeze<Migration>({
  name: '0012-mirror',
  async up(query, types) {
    await table(query, types, 'blob_damage', {
      text: ['digest', 'why'],
      integer: ['found_at', 'tries'],
      optionalInteger: ['tried_at', 'repaired_at'],
      optionalText: ['error', 'repaired_from'],
    })
      .addPrimaryKeyConstraint('blob_damage_key', ['digest'])
      .addForeignKeyConstraint('blob_damage_blob', ['digest'], 'blob', ['digest'], (key) =>
        key.onDelete('cascade'),
      )
      .execute();
    await query.schema
      .createIndex('blob_damage_found')
      .on('blob_damage')
      .columns(['found_at', 'digest'])
      .execute();
    await query
      .insertInto('blob_damage')
      .columns(['digest', 'why', 'found_at', 'tries'])
      .expression((from) =>
        from
          .selectFrom('blob')
          .select(({ val, ref }) => [
            'digest',
            val('it was found by an earlier version').as('why'),
            ref('damaged_at').as('found_at'),
            val(0).as('tries'),
          ])
          .where('damaged_at', 'is not', null),
      )
      .execute();
  },
});
