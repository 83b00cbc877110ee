// Who is expected to sign the images of a repository, the signatures that were seen on them, and how they were built.
import type { Migration } from '../migrate.ts';
import { table } from './table.ts';

export const identity: Migration = Object.freeze<Migration>({
  name: '0016-identity',
  async up(query, types) {
    await table(query, types, 'expected_identity', {
      identity: 'id',
      integer: ['repository_id', 'first_seen_at', 'last_seen_at', 'images'],
      text: ['use', 'fingerprint', 'identity_json', 'state'],
      optionalText: ['first_digest', 'last_digest', 'public_key', 'decided_by', 'reason'],
      optionalInteger: ['decided_at'],
    })
      .addForeignKeyConstraint(
        'expected_identity_repository',
        ['repository_id'],
        'repository',
        ['id'],
        (key) => key.onDelete('cascade'),
      )
      .addUniqueConstraint('expected_identity_one', ['repository_id', 'use', 'fingerprint'])
      .execute();
    await table(query, types, 'signature_sighting', {
      integer: ['repository_id', 'seen_at'],
      text: ['subject_digest', 'signature', 'carrier_digest', 'use', 'outcome'],
      optionalText: ['why'],
      optionalInteger: ['identity_id', 'signed_at'],
    })
      .addPrimaryKeyConstraint('signature_sighting_key', ['repository_id', 'subject_digest', 'signature'])
      .addForeignKeyConstraint(
        'signature_sighting_repository',
        ['repository_id'],
        'repository',
        ['id'],
        (key) => key.onDelete('cascade'),
      )
      .execute();
    await query.schema
      .createIndex('signature_sighting_identity')
      .on('signature_sighting')
      .columns(['identity_id', 'subject_digest'])
      .execute();
    await query.schema
      .createIndex('signature_sighting_outcome')
      .on('signature_sighting')
      .columns(['repository_id', 'outcome', 'seen_at'])
      .execute();
    await table(query, types, 'build_record', {
      integer: ['repository_id', 'seen_at'],
      text: ['image_digest', 'statement', 'carrier_digest', 'proof', 'record_json'],
      optionalInteger: ['identity_id'],
    })
      .addPrimaryKeyConstraint('build_record_key', ['repository_id', 'image_digest', 'statement'])
      .addForeignKeyConstraint('build_record_repository', ['repository_id'], 'repository', ['id'], (key) =>
        key.onDelete('cascade'),
      )
      .execute();
    await table(query, types, 'build_told', {
      integer: ['change_id', 'told_at'],
      text: ['told'],
    })
      .addPrimaryKeyConstraint('build_told_key', ['change_id'])
      .execute();
  },
});
