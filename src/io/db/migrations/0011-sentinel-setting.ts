// How a repository's moves of tags are judged where that is not as the server says: what becomes of a suspicious one,
// and which rules are switched off there, each with its reason. No row: as the server says.
import type { Migration } from '../migrate.ts';
import { table } from './table.ts';

export const sentinelSetting: Migration = Object.freeze<Migration>({
  name: '0011-sentinel-setting',
  async up(query, types) {
    await table(query, types, 'sentinel_setting', {
      integer: ['repository_id', 'is_by_admin', 'set_at'],
      text: ['rules_off_json', 'set_by'],
      optionalText: ['mode'],
    })
      .addPrimaryKeyConstraint('sentinel_setting_key', ['repository_id'])
      .addForeignKeyConstraint(
        'sentinel_setting_repository',
        ['repository_id'],
        'repository',
        ['id'],
        (key) => key.onDelete('cascade'),
      )
      .execute();
  },
});
