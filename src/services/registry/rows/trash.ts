// What was deleted and can still be undeleted. Written in the transaction that deletes; the collector gives each row
// its time when it first sees it, and ends it after the grace. Private to the registry.
import type { Digest } from '../../../formats/oci/digest.ts';
import type { Query } from '../../../io/db/database.ts';

export interface Deletion {
  readonly repositoryId: number;
  readonly digest: Digest;
  readonly now: number;
  /** The account that may delete; undefined: whoever may do so without a name. */
  readonly account: string | undefined;
}

/** Keeps what a manifest is and names; its row and its children must still stand. Its tags are kept by `keepTag`. */
export async function keepManifest(query: Query, deletion: Deletion): Promise<void> {
  const { repositoryId, digest, now } = deletion;
  const manifest = await query
    .selectFrom('manifest')
    .select('media_type')
    .where('repository_id', '=', repositoryId)
    .where('digest', '=', digest)
    .executeTakeFirst();
  if (manifest === undefined) return;
  const fresh = { deleted_at: now, deleted_by: deleterOf(deletion), seen_at: null };
  await query
    .insertInto('trash')
    .values({ repository_id: repositoryId, digest, media_type: manifest.media_type, ...fresh })
    .onConflict((conflict) => conflict.columns(['repository_id', 'digest']).doUpdateSet(fresh))
    .execute();
  await query
    .insertInto('trash_child')
    .columns(['repository_id', 'digest', 'child_digest'])
    .expression((is) =>
      is
        .selectFrom('manifest_child')
        .select(['repository_id', 'digest', 'child_digest'])
        .distinct()
        .where('repository_id', '=', repositoryId)
        .where('digest', '=', digest),
    )
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

export async function keepTag(query: Query, name: string, deletion: Deletion): Promise<void> {
  const { repositoryId, digest, now } = deletion;
  const fresh = { deleted_at: now, deleted_by: deleterOf(deletion), seen_at: null };
  await query
    .insertInto('trash_tag')
    .values({ repository_id: repositoryId, name, digest, ...fresh })
    .onConflict((conflict) => conflict.columns(['repository_id', 'name', 'digest']).doUpdateSet(fresh))
    .execute();
}

function deleterOf({ account }: Deletion): string {
  return account ?? '';
}
