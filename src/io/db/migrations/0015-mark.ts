// What the instance says and signs: statements that it hung on manifests by itself, the verdicts of them as they were
// over time, and what was taken back.
import type { Migration } from '../migrate.ts';
import { table } from './table.ts';

export const mark: Migration = Object.freeze<Migration>({
  name: '0015-mark',
  async up(query, types) {
    await table(query, types, 'attachment', {
      integer: ['repository_id', 'attached_at'],
      text: ['digest', 'bundle_digest', 'subject_digest'],
    })
      .addPrimaryKeyConstraint('attachment_key', ['repository_id', 'digest'])
      .addForeignKeyConstraint('attachment_repository', ['repository_id'], 'repository', ['id'], (key) =>
        key.onDelete('cascade'),
      )
      .execute();
    await query.schema
      .createIndex('attachment_bundle')
      .on('attachment')
      .columns(['repository_id', 'bundle_digest'])
      .execute();
    await table(query, types, 'mark', {
      identity: 'id',
      integer: ['repository_id', 'made_at'],
      text: [
        'digest',
        'policy',
        'policy_digest',
        'result',
        'outcome',
        'answer',
        'verdict_json',
        'because',
        'signer',
        'fingerprint',
        'manifest_digest',
      ],
      optionalInteger: ['ended_at'],
    })
      .addForeignKeyConstraint('mark_repository', ['repository_id'], 'repository', ['id'], (key) =>
        key.onDelete('cascade'),
      )
      .execute();
    await query.schema
      .createIndex('mark_digest')
      .on('mark')
      .columns(['digest', 'repository_id', 'id'])
      .execute();
    await query.schema.createIndex('mark_manifest').on('mark').columns(['manifest_digest']).execute();
    await table(query, types, 'revocation', {
      identity: 'seq',
      integer: ['at', 'is_standing'],
      text: ['action', 'kind', 'value', 'repository', 'why', 'who'],
      optionalInteger: ['from_at'],
      optionalBytes: ['bundle'],
    }).execute();
    await query.schema
      .createIndex('revocation_thing')
      .on('revocation')
      .columns(['kind', 'value', 'repository'])
      .execute();
  },
});
