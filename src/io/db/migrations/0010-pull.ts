// What was pulled, and what each repository keeps by its own rule. A pull stands under the tag it came by, under the
// digest where it came by one, and under the empty name for the repository as a whole, so that no page adds up rows.
// Pulls of before are not known: from when on they are is a setting that the first start writes.
import type { Migration } from '../migrate.ts';
import { table } from './table.ts';

export const pull: Migration = Object.freeze<Migration>({
  name: '0010-pull',
  async up(query, types) {
    await table(query, types, 'pull', {
      integer: ['repository_id', 'pulls', 'pulled_at'],
      text: ['reference'],
    })
      .addPrimaryKeyConstraint('pull_key', ['repository_id', 'reference'])
      .addForeignKeyConstraint('pull_repository', ['repository_id'], 'repository', ['id'], (key) =>
        key.onDelete('cascade'),
      )
      .execute();
    await table(query, types, 'pull_day', {
      integer: ['repository_id', 'day_at', 'pulls'],
      text: ['reference'],
    })
      .addPrimaryKeyConstraint('pull_day_key', ['repository_id', 'reference', 'day_at'])
      .addForeignKeyConstraint('pull_day_repository', ['repository_id'], 'repository', ['id'], (key) =>
        key.onDelete('cascade'),
      )
      .execute();
    await query.schema.createIndex('pull_day_at').on('pull_day').column('day_at').execute();
    await table(query, types, 'retention_rule', {
      integer: ['repository_id', 'set_at'],
      text: ['rule_json', 'set_by'],
    })
      .addPrimaryKeyConstraint('retention_rule_key', ['repository_id'])
      .addForeignKeyConstraint('retention_rule_repository', ['repository_id'], 'repository', ['id'], (key) =>
        key.onDelete('cascade'),
      )
      .execute();
  },
});
