// The keys that others have written down, of the tag log and as a witness, are renewed in generations too: what was
// there becomes the first. When it was made, nobody wrote down.
import type { Migration } from '../migrate.ts';

const NAMES = ['tag_log_key', 'witness_key_ml_dsa_44', 'witness_key_ed25519'];

export const rotate: Migration = Object.freeze<Migration>({
  name: '0020-rotate',
  async up(query) {
    const kept = await query.selectFrom('setting').selectAll().where('name', 'in', NAMES).execute();
    for (const { name, value } of kept)
      await query
        .insertInto('kept_key')
        .values({ name, generation: 1, secret: value, made_at: null, accepted_until: null })
        .execute();
    await query.deleteFrom('setting').where('name', 'in', NAMES).execute();
  },
});
