// Keeps the rows of images' layers (io/db/tables.ts, image_chain): written when an image was looked into, gone with
// its scan. A daily job fills in what was looked into before there were such rows.
import { chainIds } from '../../formats/oci/chain.ts';
import type { Digest } from '../../formats/oci/digest.ts';
import type { Database, Query } from '../../io/db/database.ts';
import type { JobWish } from '../jobs/queue.ts';
import type { JobHandler } from '../jobs/worker.ts';
import { unpackIndexed } from './packed.ts';

export const indexLayersJob: JobWish = Object.freeze({ kind: 'index-layers', key: 'all', input: {} });

/** Images at a time: each inventory is unpacked for its few lines. */
const BATCH = 20;

/** In the caller's transaction, so that they stand exactly when the inventory does. */
export async function replaceChain(query: Query, digest: Digest, diffIds: readonly Digest[]): Promise<void> {
  await query.deleteFrom('image_chain').where('digest', '=', digest).execute();
  const rows = chainIds(diffIds).map((chain_id, at) => ({
    digest,
    layers: at + 1,
    chain_id,
    is_whole: at + 1 === diffIds.length ? 1 : 0,
  }));
  if (rows.length > 0) await query.insertInto('image_chain').values(rows).execute();
}

/** Fills in the rows of every image that was looked into and has none. Soon done where there is nothing to do. */
export function createIndexLayersHandler(deps: { readonly database: Database }): JobHandler {
  const { database } = deps;
  return {
    async run(_job, signal) {
      for (let after = ''; ; ) {
        const rows = await database.query
          .selectFrom('scan')
          .select(['digest', 'inventory_zst'])
          .where('digest', '>', after)
          .where('indexed_at', 'is not', null)
          .where(({ exists, not, selectFrom }) =>
            not(
              exists(
                selectFrom('image_chain')
                  .select('image_chain.digest')
                  .whereRef('image_chain.digest', '=', 'scan.digest'),
              ),
            ),
          )
          .orderBy('digest')
          .limit(BATCH)
          .execute();
        for (const { digest, inventory_zst } of rows) {
          signal.throwIfAborted();
          const image = inventory_zst === null ? undefined : await unpackIndexed(inventory_zst);
          if (image === undefined) continue;
          await database.transaction(async (query) => {
            // Deleted meanwhile: its rows must not outlive it.
            const scan = query.selectFrom('scan').select('digest').where('digest', '=', digest);
            if ((await scan.executeTakeFirst()) === undefined) return;
            await replaceChain(query, digest as Digest, image.subject.config.diffIds);
          });
        }
        const last = rows.at(-1);
        if (last === undefined) return;
        after = last.digest;
      }
    },
  };
}
