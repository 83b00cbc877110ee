// When marks are made: after a push, after each judging of an image, after a revocation, after a deletion, and, for all
// images, once the policy or the keys are others. Jobs of their own kind, so that a thousand images which a feed has
// judged again wait behind each other and hold up neither a push nor a scan.
import { isDigest } from '../../formats/oci/digest.ts';
import type { Database, Query } from '../../io/db/database.ts';
import type { Clock } from '../../kit/clock.ts';
import type { Log } from '../../kit/log.ts';
import type { EventRoute, EventRoutes } from '../jobs/dispatch.ts';
import type { JobWish, Queue } from '../jobs/queue.ts';
import type { JobHandler } from '../jobs/worker.ts';
import type { Marks } from './marks.ts';

const markJob = 'mark';

/** Looks whether all marks are to be made again, and which are missing: their job may have been given up. */
export const markAllJob: JobWish = Object.freeze({ kind: 'mark-all', key: 'all', input: {} });

export interface MarkJobDeps {
  readonly database: Database;
  readonly queue: Queue;
  readonly clock: Clock;
  readonly log: Log;
  readonly marks: Marks;
}

async function enqueueMark(
  queue: Pick<Queue, 'enqueue'>,
  query: Query,
  digest: string,
  at: number,
): Promise<void> {
  // With the time, so that what is asked for while it runs is done once more.
  await queue.enqueue(query, { kind: markJob, key: digest, input: { digest, at } });
}

/** For the dispatcher. */
export function createMarkRoutes({ queue }: Pick<MarkJobDeps, 'queue'>): EventRoutes {
  const ask: EventRoute = async (query, { digest }, mark) => {
    if (isDigest(digest)) await enqueueMark(queue, query, digest, mark.id);
  };
  return {
    manifest_pushed: ask,
    manifest_completed: ask,
    image_judged: ask,
    scan_ended: ask,
    image_revoked: ask,
    image_reinstated: ask,
    manifest_deleted: async (query, { digest }, mark) => {
      if (!isDigest(digest)) return;
      await enqueueMark(queue, query, digest, mark.id);
      // Somebody deleted a mark: another takes its place.
      const marked = await query
        .selectFrom('mark')
        .select('digest')
        .where('manifest_digest', '=', digest)
        .where('ended_at', 'is', null)
        .execute();
      for (const one of marked) await enqueueMark(queue, query, one.digest, mark.id);
    },
  };
}

/** Under it stands for which policy and keys all marks were asked for. */
const SEEN = 'marks.seen';

export function createMarkHandlers(deps: MarkJobDeps): Readonly<Record<string, JobHandler>> {
  const { database, queue, clock, log, marks } = deps;
  return {
    [markJob]: {
      async run({ input }, signal) {
        if (isDigest(input.digest)) await marks.refresh(input.digest, signal);
      },
    },
    [markAllJob.kind]: {
      async run() {
        const value = await marks.generation();
        const at = clock.now();
        const count = await database.transaction(async (query) => {
          const seen = await query
            .selectFrom('setting')
            .select('value')
            .where('name', '=', SEEN)
            .executeTakeFirst();
          const isNew = seen?.value !== value;
          const digests = await (isNew ? listJudged(query) : listUnmarked(query));
          for (const digest of digests) await enqueueMark(queue, query, digest, at);
          if (!isNew) return 0;
          await query
            .insertInto('setting')
            .values({ name: SEEN, value })
            .onConflict((conflict) => conflict.column('name').doUpdateSet({ value }))
            .execute();
          return digests.length;
        });
        if (count > 0) log.notice('the policy or the keys changed; marks are made again', { images: count });
      },
    },
  };
}

const ENDED = ['judged', 'failed'];

/** Every image that was looked into; the marks of its indexes follow from it. */
async function listJudged(query: Query): Promise<readonly string[]> {
  const rows = await query.selectFrom('scan').select('digest').where('state', 'in', ENDED).execute();
  return rows.map(({ digest }) => digest);
}

/** Missing marks of one look: the rest follows with the next. */
const UNMARKED = 1_000;

/** Images, and indexes of such, without a mark that stands somewhere. */
async function listUnmarked(query: Query): Promise<readonly string[]> {
  const rows = await query
    .selectFrom('manifest')
    .select('manifest.digest')
    .distinct()
    .where('manifest.subject_digest', 'is', null)
    .where(({ exists, not, or, selectFrom }) =>
      not(
        exists(
          selectFrom('mark')
            .select('mark.id')
            .whereRef('mark.repository_id', '=', 'manifest.repository_id')
            .whereRef('mark.digest', '=', 'manifest.digest')
            .where('mark.ended_at', 'is', null),
        ),
      ).and(
        or([
          exists(
            selectFrom('scan')
              .select('scan.digest')
              .whereRef('scan.digest', '=', 'manifest.digest')
              .where('scan.state', 'in', ENDED),
          ),
          exists(
            selectFrom('manifest_child')
              .innerJoin('scan', 'scan.digest', 'manifest_child.child_digest')
              .select('scan.digest')
              .whereRef('manifest_child.repository_id', '=', 'manifest.repository_id')
              .whereRef('manifest_child.digest', '=', 'manifest.digest')
              .where('manifest_child.role', '=', 'manifest')
              .where('scan.state', 'in', ENDED),
          ),
        ]),
      ),
    )
    .limit(UNMARKED)
    .execute();
  return rows.map(({ digest }) => digest);
}
