// Keeps reports true to the advisories: refreshes them, finds out which images a change touches through
// the index from package to image, and has those judged again. A shelf that somebody else refreshed is
// noticed by its feeds' times; where what changed is not known any more, every image is judged again.
import { EPSS_SCOPE, KEV_SCOPE } from '../../engines/advisory/cve-fact.ts';
import { type FeedOutcome, refreshAdvisories } from '../../engines/advisory/refresh.ts';
import type { FeedSource } from '../../io/advisories/feed-source.ts';
import type { AdvisoryShelf, AdvisoryStore } from '../../io/advisories/store.ts';
import type { Database, Query } from '../../io/db/database.ts';
import type { Clock } from '../../kit/clock.ts';
import { stableJson } from '../../kit/json.ts';
import type { Log } from '../../kit/log.ts';
import type { JobWish, Queue } from '../jobs/queue.ts';
import type { JobHandler } from '../jobs/worker.ts';
import { judgeAgain, type RejudgeDeps, readSetting } from './rejudge.ts';

export interface AdvisoryWatchDeps {
  /** Asked for where the shelf changed; absent where the store is not published. */
  readonly publishJob?: JobWish;
  readonly database: Database;
  readonly queue: Queue;
  readonly shelf: AdvisoryShelf;
  readonly source: FeedSource;
  readonly clock: Clock;
  readonly log: Log;
}

/** The job that refreshes all feeds. */
export const refreshJob: JobWish = Object.freeze({ kind: 'refresh-advisories', key: 'all', input: {} });

/** Under it stands which state of the shelf the reports were, or are about to be, judged by. */
const SEEN = 'advisories.seen';
/** Names looked up in one query. */
const NAMES_PER_QUERY = 500;

export function createRefreshHandler(deps: AdvisoryWatchDeps): JobHandler {
  return {
    async run(_job, signal) {
      await using before = await deps.shelf.open();
      const outcomes = await refreshAdvisories({
        shelf: deps.shelf,
        source: deps.source,
        clock: deps.clock,
        signal,
      });
      for (const outcome of outcomes) logOutcome(deps.log, outcome);
      await using now = await deps.shelf.open();
      const isKnown = (await readSeen(deps.database)) === fingerprint(before);
      await rejudge(deps, now, isKnown ? await touchedImages(deps.database, before, now) : 'all');
      // Where nothing came, it is tried again soon; a feed that failed alone waits for the next day.
      const kept = outcomes.find((outcome) => outcome.kind === 'kept');
      if (kept !== undefined && outcomes.every(({ kind }) => kind !== 'refreshed')) throw kept.error;
    },
  };
}

/** Judges every image again where the shelf is not the one that was last seen; true where it was not. */
export async function noticeNewShelf(deps: Omit<AdvisoryWatchDeps, 'source'>): Promise<boolean> {
  await using store = await deps.shelf.open();
  if ((await readSeen(deps.database)) === fingerprint(store)) return false;
  await rejudge(deps, store, 'all');
  return true;
}

/** Whether a refresh is waiting or running. */
export async function isRefreshing(query: Query): Promise<boolean> {
  const job = await query
    .selectFrom('job')
    .select('id')
    .where('kind', '=', refreshJob.kind)
    .where('state', 'in', ['ready', 'leased'])
    .executeTakeFirst();
  return job !== undefined;
}

async function rejudge(
  deps: RejudgeDeps & Pick<AdvisoryWatchDeps, 'publishJob'>,
  store: AdvisoryStore,
  images: ReadonlySet<string> | 'all',
): Promise<void> {
  await judgeAgain(
    deps,
    { name: SEEN, value: fingerprint(store) },
    images,
    'advisories changed',
    deps.publishJob,
  );
}

/**
 * Images with a package whose records differ, or whose scope is newly covered or no longer, and those with a
 * CVE that came to be known as exploited, or no longer is. Scores (EPSS) change daily for every CVE: no image
 * is judged again for them, so a report carries those of the day it was judged, and says which (`asOf`).
 */
async function touchedImages(
  database: Database,
  before: AdvisoryStore,
  now: AdvisoryStore,
): Promise<ReadonlySet<string>> {
  const touched = new Set<string>();
  for (const scope of symmetricDifference(coverageOf(before), coverageOf(now)).map(scopeOfCoverage)) {
    const rows = await database.query
      .selectFrom('scan_package')
      .select('digest')
      .distinct()
      .where('scope', '=', scope)
      .execute();
    for (const { digest } of rows) touched.add(digest);
  }
  const names = new Map<string, string[]>();
  for (const { scope, name } of now.changedSince(before)) {
    if (scope === EPSS_SCOPE) continue;
    const batch = names.get(scope) ?? [];
    names.set(scope, batch);
    batch.push(name);
    if (batch.length < NAMES_PER_QUERY) continue;
    await addHolders(database, scope, batch.splice(0), touched);
  }
  for (const [scope, batch] of names) await addHolders(database, scope, batch, touched);
  return touched;
}

async function addHolders(
  database: Database,
  scope: string,
  names: readonly string[],
  touched: Set<string>,
): Promise<void> {
  if (names.length === 0) return;
  const rows =
    scope === KEV_SCOPE
      ? await database.query
          .selectFrom('scan_finding')
          .select('digest')
          .distinct()
          .where('id', 'in', names)
          .execute()
      : await database.query
          .selectFrom('scan_package')
          .select('digest')
          .distinct()
          .where('scope', '=', scope)
          .where('name', 'in', names)
          .execute();
  for (const { digest } of rows) touched.add(digest);
  // Queries on the embedded database hold the thread: requests get their turn in between.
  await new Promise((resolve) => setImmediate(resolve));
}

function coverageOf(store: AdvisoryStore): ReadonlySet<string> {
  return new Set(
    store.feeds().flatMap((feed) => feed.scopes.map((scope) => `${feed.feed} ${feed.coverage} ${scope}`)),
  );
}

function scopeOfCoverage(entry: string): string {
  return entry.split(' ').slice(2).join(' ');
}

function symmetricDifference(a: ReadonlySet<string>, b: ReadonlySet<string>): string[] {
  return [...a.symmetricDifference(b)];
}

function fingerprint(store: AdvisoryStore): string {
  return stableJson(store.feeds().map(({ feed, refreshedAt, records }) => [feed, refreshedAt, records]));
}

/** Before anything was ever refreshed, reports were judged by an empty shelf. */
async function readSeen(database: Database): Promise<string> {
  return (await readSetting(database, SEEN)) ?? '[]';
}

function logOutcome(log: Log, outcome: FeedOutcome): void {
  if (outcome.kind === 'refreshed')
    log.notice('advisories refreshed', { feed: outcome.feed, records: outcome.row.records });
  else if (outcome.kind === 'absent')
    log.notice('advisories not offered', { feed: outcome.feed, source: outcome.source });
  else log.warn('advisories kept as they were', { feed: outcome.feed, error: outcome.error });
}
