// What changed under a tag: each move from one digest to another, remembered for the newest of each tag. What the
// move did is compared when somebody asks (compare-stored.ts), never stored. Clients' fallback tags for referrers
// (`sha256-…`) are no versions of anything and are left out.
import { type Digest, isDigest } from '../../formats/oci/digest.ts';
import type { Database, Query } from '../../io/db/database.ts';
import { limits } from '../../kit/limits.ts';
import type { EventMark, EventRoutes } from '../jobs/dispatch.ts';
import type { Queue } from '../jobs/queue.ts';
import type { Page, Place } from './catalogue.ts';
import type { RepositoryName } from './images.ts';

export interface TagChange {
  readonly id: number;
  readonly tag: string;
  readonly before: Digest;
  readonly after: Digest;
  readonly movedAt: number;
}

export interface ChangeWish {
  readonly tag?: string;
  readonly to?: Digest;
  /** Where the page before ended. */
  readonly after?: Place;
  readonly limit: number;
}

export interface Changes {
  /** The last first; of one tag, or to one digest, where they are given. */
  list(repository: RepositoryName, wish: ChangeWish): Promise<Page<TagChange>>;
}

/** The job that tells webhooks of a change once it can be compared (change-teller.ts). */
export const tellJob = 'tell-change';

const FALLBACK_TAG = /^sha(?:256|512)-/;

export function createChanges({ database }: { readonly database: Database }): Changes {
  const select = (repository: RepositoryName) =>
    database.query.selectFrom('tag_change').selectAll().where('repository_id', '=', repository.id);
  return {
    async list(repository, { tag, to, after, limit }) {
      const rows = await select(repository)
        .$if(tag !== undefined, (some) => some.where('tag', '=', tag as string))
        .$if(to !== undefined, (some) => some.where('after_digest', '=', to as Digest))
        .$if(after !== undefined, (some) => some.where('id', '<', (after as Place).at))
        .orderBy('id', 'desc')
        .limit(limit + 1)
        .execute();
      const last = rows[limit - 1];
      return {
        rows: rows.slice(0, limit).map(toChange),
        ...(rows.length > limit && last !== undefined ? { next: { at: last.id, name: last.tag } } : {}),
      };
    },
  };
}

/** What moves, ends of scans and deletions lead to; for the dispatcher. */
export function createChangeRoutes({ queue }: { readonly queue: Queue }): EventRoutes {
  /** The event's number makes it another wish: one that comes while the job runs makes it run again. */
  const tell = (query: Query, id: number, mark: EventMark) =>
    queue.enqueue(query, { kind: tellJob, key: String(id), input: { change: id, event: mark.id } });
  return {
    async tag_moved(query, { repository, tag, digest, previous }, mark) {
      if (typeof repository !== 'string' || typeof tag !== 'string' || FALLBACK_TAG.test(tag)) return;
      if (!isDigest(digest) || !isDigest(previous)) return;
      const home = await findId(query, repository);
      if (home === undefined) return;
      const { id } = await query
        .insertInto('tag_change')
        .values({
          repository_id: home,
          tag,
          before_digest: previous,
          after_digest: digest,
          moved_at: mark.at,
          told_at: null,
        })
        .returning('id')
        .executeTakeFirstOrThrow();
      await forgetOld(query, home, tag);
      await tell(query, id, mark);
    },

    async scan_ended(query, { digest }, mark) {
      if (!isDigest(digest)) return;
      for (const { id } of await listWaiting(query, digest)) await tell(query, id, mark);
    },

    async manifest_deleted(query, { repository, digest }, mark) {
      if (typeof repository !== 'string' || !isDigest(digest)) return;
      const home = await findId(query, repository);
      if (home === undefined) return;
      await forgetGone(query, home, digest);
      const waiting = await query
        .selectFrom('tag_change')
        .select('id')
        .where('told_at', 'is', null)
        .where('repository_id', '=', home)
        .where((is) => is.or([is('before_digest', '=', digest), is('after_digest', '=', digest)]))
        .execute();
      for (const { id } of waiting) await tell(query, id, mark);
    },
  };
}

async function findId(query: Query, name: string): Promise<number | undefined> {
  const row = await query.selectFrom('repository').select('id').where('name', '=', name).executeTakeFirst();
  return row?.id;
}

async function forgetOld(query: Query, repositoryId: number, tag: string): Promise<void> {
  const oldest = await query
    .selectFrom('tag_change')
    .select('id')
    .where('repository_id', '=', repositoryId)
    .where('tag', '=', tag)
    .orderBy('id', 'desc')
    .offset(limits.tagChanges)
    .limit(1)
    .executeTakeFirst();
  if (oldest === undefined) return;
  await query
    .deleteFrom('tag_change')
    .where('repository_id', '=', repositoryId)
    .where('tag', '=', tag)
    .where('id', '<=', oldest.id)
    .execute();
}

/** A move of which one image is still there is worth showing; of two that are gone nothing can be said. */
async function forgetGone(query: Query, repositoryId: number, digest: Digest): Promise<void> {
  for (const [side, other] of [
    ['before_digest', 'after_digest'],
    ['after_digest', 'before_digest'],
  ] as const)
    await query
      .deleteFrom('tag_change')
      .where('repository_id', '=', repositoryId)
      .where(side, '=', digest)
      .where(({ not, exists, selectFrom }) =>
        not(
          exists(
            selectFrom('manifest')
              .select('manifest.digest')
              .whereRef('manifest.repository_id', '=', 'tag_change.repository_id')
              .whereRef('manifest.digest', '=', `tag_change.${other}`),
          ),
        ),
      )
      .execute();
}

/** Changes that nobody was told of yet and that have the image on a side, by itself or in an index. */
function listWaiting(query: Query, digest: Digest): Promise<{ id: number }[]> {
  return query
    .selectFrom('tag_change')
    .select('tag_change.id')
    .where('told_at', 'is', null)
    .where(({ or, eb, exists, selectFrom }) =>
      or([
        eb('before_digest', '=', digest),
        eb('after_digest', '=', digest),
        exists(
          selectFrom('manifest_child')
            .select('manifest_child.digest')
            .where('manifest_child.child_digest', '=', digest)
            .whereRef('manifest_child.repository_id', '=', 'tag_change.repository_id')
            .where((child) =>
              child.or([
                child('manifest_child.digest', '=', child.ref('tag_change.before_digest')),
                child('manifest_child.digest', '=', child.ref('tag_change.after_digest')),
              ]),
            ),
        ),
      ]),
    )
    .execute();
}

function toChange(row: {
  id: number;
  tag: string;
  before_digest: string;
  after_digest: string;
  moved_at: number;
}): TagChange {
  return {
    id: row.id,
    tag: row.tag,
    before: row.before_digest as Digest,
    after: row.after_digest as Digest,
    movedAt: row.moved_at,
  };
}
