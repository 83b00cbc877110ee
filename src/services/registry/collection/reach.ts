// What is reached: the one definition that marking, removing, the dry run and the standing check share.
// A link (a repository holds a blob) is used while a manifest of the repository names the blob. What only a deleted
// manifest names is marked as unused already, so that whoever asks for it is noticed, and is not ended while that
// manifest can be undeleted. A blob is reached by a link, or by being a manifest itself, deleted or not. What a
// manifest names without its repository holding it is no reach: it was never pushed there.
import type { ExpressionBuilder } from 'kysely';
import type { Tables } from '../../../io/db/tables.ts';

/** A manifest of the repository names the blob. */
export function isLinkUsed({ exists, selectFrom }: ExpressionBuilder<Tables, 'repository_blob'>) {
  return exists(
    selectFrom('manifest_child')
      .select('manifest_child.digest')
      .whereRef('manifest_child.child_digest', '=', 'repository_blob.digest')
      .whereRef('manifest_child.repository_id', '=', 'repository_blob.repository_id'),
  );
}

/** A deleted manifest that can come back names the blob. */
export function isLinkInTrash({ exists, selectFrom }: ExpressionBuilder<Tables, 'repository_blob'>) {
  return exists(
    selectFrom('trash_child')
      .select('trash_child.digest')
      .whereRef('trash_child.child_digest', '=', 'repository_blob.digest')
      .whereRef('trash_child.repository_id', '=', 'repository_blob.repository_id'),
  );
}

export function isBlobReached({ or, exists, selectFrom }: ExpressionBuilder<Tables, 'blob'>) {
  return or([
    exists(
      selectFrom('repository_blob')
        .select('repository_blob.digest')
        .whereRef('repository_blob.digest', '=', 'blob.digest'),
    ),
    exists(selectFrom('manifest').select('manifest.digest').whereRef('manifest.digest', '=', 'blob.digest')),
    exists(selectFrom('trash').select('trash.digest').whereRef('trash.digest', '=', 'blob.digest')),
  ]);
}
