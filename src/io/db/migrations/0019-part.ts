// Processes of the installation that run elsewhere: what each may, who may join as one, and who did.
import type { Migration } from '../migrate.ts';
import { table } from './table.ts';

export const part: Migration = Object.freeze<Migration>({
  name: '0019-part',
  async up(query, types) {
    await table(query, types, 'part', {
      text: ['id', 'name', 'owner_kind', 'owner_id', 'permissions_json', 'created_by'],
      integer: ['created_at'],
    })
      .addPrimaryKeyConstraint('part_key', ['id'])
      .addUniqueConstraint('part_name', ['name'])
      .execute();
    await table(query, types, 'part_invitation', {
      text: ['secret_hash', 'part_id'],
      integer: ['uses_left', 'ends_at'],
    })
      .addPrimaryKeyConstraint('part_invitation_key', ['secret_hash'])
      .execute();
    await table(query, types, 'part_holder', {
      text: ['id', 'part_id', 'key_sha256'],
      optionalText: ['former_key_sha256'],
      integer: ['made_at', 'renewed_at', 'not_after'],
      optionalInteger: ['last_used_at', 'suspected_at'],
    })
      .addPrimaryKeyConstraint('part_holder_key', ['id'])
      .execute();
    await query.schema.createIndex('part_holder_part').on('part_holder').column('part_id').execute();
  },
});
