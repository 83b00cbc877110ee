// Blobs that nothing reaches: marked, and removed after the grace. First the row, in a transaction that asks again
// whether anything reaches it; then the file. Killed in between, a file stays that no row names, which the standing
// check sweeps up; the other way about, a row would stay without its bytes. The gate keeps a push of the same blob
// from putting its file where the removal is about to unlink.
import type { Digest } from '../../../formats/oci/digest.ts';
import type { Query } from '../../../io/db/database.ts';
import type { RegistryStores } from '../stores.ts';
import { BATCH } from './links.ts';
import { isBlobReached } from './reach.ts';

/** Marks one batch of blobs, those after `after`; returns the last digest, or undefined at the end. */
export async function markBlobs(query: Query, after: string, livedMs: number): Promise<string | undefined> {
  const rows = await query
    .selectFrom('blob')
    .select((row) => ['digest', 'collectable_at', isBlobReached(row).as('isReached')])
    .where('digest', '>', after)
    .orderBy('digest')
    .limit(BATCH)
    .execute();
  const mark = (digests: readonly string[], collectable_at: number | null) =>
    query.updateTable('blob').set({ collectable_at }).where('digest', 'in', digests).execute();
  const lost = rows.filter((row) => !row.isReached && row.collectable_at === null);
  const found = rows.filter((row) => row.isReached && row.collectable_at !== null);
  if (lost.length > 0)
    await mark(
      lost.map((row) => row.digest),
      livedMs,
    );
  if (found.length > 0)
    await mark(
      found.map((row) => row.digest),
      null,
    );
  return rows.length < BATCH ? undefined : rows.at(-1)?.digest;
}

export interface DueBlob {
  readonly digest: Digest;
  readonly sizeBytes: number;
}

/** Blobs that have been collectable since `before`, in bytewise order, those after `after`. */
export async function listDueBlobs(query: Query, before: number, after: string): Promise<readonly DueBlob[]> {
  const rows = await query
    .selectFrom('blob')
    .select(['digest', 'size_bytes'])
    .where('collectable_at', '<=', before)
    .where('digest', '>', after)
    .orderBy('digest')
    .limit(BATCH)
    .execute();
  return rows.map((row) => ({ digest: row.digest as Digest, sizeBytes: row.size_bytes }));
}

/** 'kept' where something reaches it again, or somebody is pushing it at this moment. */
export async function removeBlob(
  { database, blobs, gate }: Pick<RegistryStores, 'database' | 'blobs' | 'gate'>,
  digest: Digest,
  before: number,
  aside: readonly number[],
): Promise<'removed' | 'kept'> {
  const removed = await gate.remove(digest, async () => {
    const row = await database.transaction((query) =>
      query
        .deleteFrom('blob')
        .where('digest', '=', digest)
        .where('collectable_at', '<=', before)
        .where((is) => is.not(isBlobReached(is)))
        // A tag that has lost its manifest's row: the bytes are what it can be mended from.
        .$if(aside.length > 0, (some) =>
          some.where((is) =>
            is.not(
              is.exists(
                is
                  .selectFrom('tag')
                  .select('tag.name')
                  .whereRef('tag.digest', '=', 'blob.digest')
                  .where('tag.repository_id', 'in', aside),
              ),
            ),
          ),
        )
        .returning('digest')
        .executeTakeFirst(),
    );
    if (row === undefined) return false;
    await blobs.delete(digest);
    return true;
  });
  return removed === true ? 'removed' : 'kept';
}
