// The end of what was deleted: each row of the trash counts from the run that first saw it, in the collector's own time.
// Its manifest's own bytes have then had their grace. Its layers count by their links, which were marked meanwhile.
import type { Database, Query } from '../../../io/db/database.ts';
import { BATCH } from './links.ts';
import { isBlobReached } from './reach.ts';

const TABLES = ['trash', 'trash_tag'] as const;

/** Gives rows that no run has seen yet their time. */
export async function markTrash(query: Query, livedMs: number): Promise<void> {
  for (const table of TABLES)
    await query.updateTable(table).set({ seen_at: livedMs }).where('seen_at', 'is', null).execute();
}

/** Ends one batch that was seen first at or before `before`; returns how many manifests and tags it ended. */
export async function endTrash(database: Database, before: number): Promise<number> {
  return database.transaction(async (query) => {
    const tags = await query
      .selectFrom('trash_tag')
      .select(['repository_id', 'name', 'digest'])
      .where('seen_at', '<=', before)
      .limit(BATCH)
      .execute();
    for (const { repository_id, name, digest } of tags)
      await query
        .deleteFrom('trash_tag')
        .where('repository_id', '=', repository_id)
        .where('name', '=', name)
        .where('digest', '=', digest)
        .execute();
    const manifests = await query
      .selectFrom('trash')
      .select(['repository_id', 'digest', 'seen_at'])
      .where('seen_at', '<=', before)
      .limit(BATCH)
      .execute();
    for (const row of manifests) await endManifest(query, row);
    return tags.length + manifests.length;
  });
}

async function endManifest(
  query: Query,
  ended: { readonly repository_id: number; readonly digest: string; readonly seen_at: number | null },
): Promise<void> {
  const { repository_id, digest, seen_at } = ended;
  // With its children: the foreign key takes them along.
  await query
    .deleteFrom('trash')
    .where('repository_id', '=', repository_id)
    .where('digest', '=', digest)
    .execute();
  await query
    .updateTable('blob')
    .set({ collectable_at: seen_at })
    .where('digest', '=', digest)
    .where('collectable_at', 'is', null)
    .where((is) => is.not(isBlobReached(is)))
    .execute();
}
