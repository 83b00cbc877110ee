// Client certificates that stand for an account or a robot, in place of a password or a token.
import type { Migration } from '../migrate.ts';
import { table } from './table.ts';

export const certificate: Migration = Object.freeze<Migration>({
  name: '0009-certificate',
  async up(query, types) {
    await table(query, types, 'certificate', {
      text: ['id', 'owner_kind', 'owner_id', 'name', 'identity_kind', 'identity'],
      integer: ['created_at'],
      optionalText: ['permissions_json'],
      optionalInteger: ['expires_at', 'last_used_at'],
    })
      .addPrimaryKeyConstraint('certificate_key', ['id'])
      .addUniqueConstraint('certificate_identity', ['identity', 'identity_kind'])
      .execute();
    await query.schema
      .createIndex('certificate_owner')
      .on('certificate')
      .columns(['owner_id', 'created_at'])
      .execute();
  },
});
