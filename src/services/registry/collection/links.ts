// Links that no manifest uses: marked with the time at which that was noticed, ended after the grace. Whoever pushes,
// mounts or asks for the blob on the way takes the mark away, so that no push under way loses what it has just seen.
// Each batch is a short transaction of its own; every ending asks again in its transaction.
import type { Digest } from '../../../formats/oci/digest.ts';
import type { Database, Query } from '../../../io/db/database.ts';
import { isBlobReached, isLinkInTrash, isLinkUsed } from './reach.ts';

/** Rows of one transaction: some milliseconds, so that pushes beside it do not wait. */
export const BATCH = 500;

/** Marks one batch of a repository's links, those after `after`; returns the last digest, or undefined at the end. */
export async function markLinks(
  query: Query,
  repositoryId: number,
  after: string,
  livedMs: number,
): Promise<string | undefined> {
  const rows = await query
    .selectFrom('repository_blob')
    .select((row) => ['digest', 'unused_at', isLinkUsed(row).as('isUsed')])
    .where('repository_id', '=', repositoryId)
    .where('digest', '>', after)
    .orderBy('digest')
    .limit(BATCH)
    .execute();
  const mark = (digests: readonly string[], unused_at: number | null) =>
    query
      .updateTable('repository_blob')
      .set({ unused_at })
      .where('repository_id', '=', repositoryId)
      .where('digest', 'in', digests)
      .execute();
  const unused = rows.filter((row) => !row.isUsed && row.unused_at === null);
  const used = rows.filter((row) => row.isUsed && row.unused_at !== null);
  if (unused.length > 0)
    await mark(
      unused.map((row) => row.digest),
      livedMs,
    );
  if (used.length > 0)
    await mark(
      used.map((row) => row.digest),
      null,
    );
  return rows.length < BATCH ? undefined : rows.at(-1)?.digest;
}

/**
 * Ends one batch of links that have been unused since `before`, other than those of repositories that are set aside.
 * A blob that nothing else reaches then has had its grace already. Returns how many were due; 0 at the end.
 */
export async function endLinks(
  database: Database,
  before: number,
  aside: readonly number[],
): Promise<{ readonly due: number; readonly ended: number }> {
  return database.transaction(async (query) => {
    const due = await query
      .selectFrom('repository_blob')
      .select((row) => ['repository_id', 'digest', 'unused_at', isLinkUsed(row).as('isUsed')])
      .where('unused_at', '<=', before)
      .where((is) => is.not(isLinkInTrash(is)))
      .$if(aside.length > 0, (some) => some.where('repository_id', 'not in', aside))
      .orderBy('unused_at')
      .limit(BATCH)
      .execute();
    let ended = 0;
    for (const { repository_id, digest, unused_at, isUsed } of due) {
      const link = { repository_id, digest };
      if (isUsed) await unmark(query, link);
      else {
        await query
          .deleteFrom('repository_blob')
          .where('repository_id', '=', repository_id)
          .where('digest', '=', digest)
          .execute();
        await inheritGrace(query, digest as Digest, unused_at);
        ended += 1;
      }
    }
    return { due: due.length, ended };
  });
}

async function unmark(
  query: Query,
  { repository_id, digest }: { readonly repository_id: number; readonly digest: string },
): Promise<void> {
  await query
    .updateTable('repository_blob')
    .set({ unused_at: null })
    .where('repository_id', '=', repository_id)
    .where('digest', '=', digest)
    .execute();
}

async function inheritGrace(query: Query, digest: Digest, unusedAt: number | null): Promise<void> {
  await query
    .updateTable('blob')
    .set({ collectable_at: unusedAt })
    .where('digest', '=', digest)
    .where('collectable_at', 'is', null)
    .where((is) => is.not(isBlobReached(is)))
    .execute();
}
