// Tags of before the log: each gets a leaf that says since when it was as it is, as far as is known. Runs at the
// start before anything is served, and does nothing where there is none; cut off, it goes on where it was.
import type { Query } from '../../io/db/database.ts';
import { formatInstant } from '../../kit/clock.ts';
import { appendLeaves, type NewLeaf } from './rows/tag-log.ts';
import type { RegistryStores } from './stores.ts';
import { formatTagRecord, saltBytes } from './tag-record.ts';

/** Tags of one transaction: few enough to be kept in memory, enough that its sync costs nothing beside them. */
const BATCH = 5_000;

/** How many were adopted. */
export async function adoptTags(
  stores: Pick<RegistryStores, 'database' | 'clock' | 'random'>,
): Promise<number> {
  let adopted = 0;
  for (;;) {
    const count = await adoptSome(stores);
    adopted += count;
    if (count < BATCH) return adopted;
  }
}

function adoptSome({
  database,
  clock,
  random,
}: Pick<RegistryStores, 'database' | 'clock' | 'random'>): Promise<number> {
  return database.transaction(async (query) => {
    const rows = await query
      .selectFrom('tag')
      .innerJoin('repository', 'repository.id', 'tag.repository_id')
      .select([
        'tag.repository_id as repositoryId',
        'repository.name as repository',
        'repository.is_public as isPublic',
        'tag.name',
        'tag.digest',
        'tag.updated_at as since',
      ])
      .where('tag.leaf', 'is', null)
      .orderBy('tag.repository_id')
      .orderBy('tag.name')
      .limit(BATCH)
      .execute();
    const last = rows.at(-1);
    if (last === undefined) return 0;
    const at = formatInstant(clock.now());
    const leaves = rows.map(({ repository, isPublic, name, digest, since }): NewLeaf => {
      const recordJson = formatTagRecord({
        v: 1,
        kind: 'adopted',
        repository,
        tag: name,
        digest,
        previous: null,
        at,
        by: 'plimsoll',
        via: 'adoption',
        since: formatInstant(since),
      });
      const salt = isPublic === 1 ? null : Buffer.from(random.bytes(saltBytes)).toString('hex');
      return { repository, tag: name, at: since, recordJson, salt };
    });
    await nameLeaves(query, await appendLeaves(query, leaves), last);
    return rows.length;
  });
}

/** All tags up to `last`, in the order of the batch, that have no leaf yet: one statement for the whole batch. */
async function nameLeaves(
  query: Query,
  first: number,
  last: { readonly repositoryId: number; readonly name: string },
): Promise<void> {
  await query
    .updateTable('tag')
    .set(({ selectFrom }) => ({
      leaf: selectFrom('tag_leaf')
        .innerJoin('repository', 'repository.name', 'tag_leaf.repository')
        .select('tag_leaf.leaf')
        .whereRef('repository.id', '=', 'tag.repository_id')
        .whereRef('tag_leaf.tag', '=', 'tag.name')
        .where('tag_leaf.leaf', '>=', first),
    }))
    .where('leaf', 'is', null)
    .where(({ or, and, eb }) =>
      or([
        eb('repository_id', '<', last.repositoryId),
        and([eb('repository_id', '=', last.repositoryId), eb('name', '<=', last.name)]),
      ]),
    )
    .execute();
}
