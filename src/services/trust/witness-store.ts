// What this instance cosigned last of each log that it witnesses, in the database: changed in a transaction, and only
// from what was judged, so that of two requests at once none rolls a log back.

import type { WitnessedTree, WitnessStore } from '../../engines/witness/witness.ts';
import { isSameHash } from '../../formats/crypto/merkle.ts';
import type { Database, Query } from '../../io/db/database.ts';
import type { Clock } from '../../kit/clock.ts';

export function createWitnessStore({
  database,
  clock,
}: {
  readonly database: Database;
  readonly clock: Pick<Clock, 'now'>;
}): WitnessStore {
  return {
    read: (origin) => readTree(database.query, origin),
    replace: (origin, before, tree) =>
      database.transaction(async (query) => {
        const known = await readTree(query, origin);
        if (known?.size !== before) return false;
        // Judged against a tree of the same size that another request put there since: the roots tell.
        if (known?.size === tree.size && !isSameHash(known.root, tree.root)) return false;
        const row = { size: tree.size, root: tree.root, note: tree.note, cosigned_at: clock.now() };
        await query
          .insertInto('witnessed_log')
          .values({ origin, ...row })
          .onConflict((conflict) => conflict.column('origin').doUpdateSet(row))
          .execute();
        return true;
      }),
  };
}

async function readTree(query: Query, origin: string): Promise<WitnessedTree | undefined> {
  const row = await query
    .selectFrom('witnessed_log')
    .select(['size', 'root', 'note'])
    .where('origin', '=', origin)
    .executeTakeFirst();
  return row;
}
