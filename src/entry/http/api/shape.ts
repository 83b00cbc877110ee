// From the hub's values to the contract's JSON: times become text, nothing else is decided here.
import type { FeedStatus } from '../../../engines/advisory/status.ts';
import { formatInstant } from '../../../kit/clock.ts';
import type { RepositoryRow } from '../../../services/hub/catalogue.ts';
import type { ImageRow, ScanProgress } from '../../../services/hub/image-row.ts';
import type { PullSummary } from '../../../services/registry/pull-statistics.ts';
import type * as contract from '../contract.ts';

export function shapeScan(scan: ScanProgress): contract.ScanState {
  const { judgedAt, ...rest } = scan;
  return { ...rest, ...(judgedAt === undefined ? {} : { judgedAt: formatInstant(judgedAt) }) };
}

export function shapeImageRow(row: ImageRow): contract.ImageRow {
  const { pushedAt, scan, platforms, ...rest } = row;
  return { ...rest, platforms: [...platforms], pushedAt: formatInstant(pushedAt), scan: shapeScan(scan) };
}

export function shapeRepositoryRow(row: RepositoryRow): contract.RepositoryRow {
  const { name, isPublic, tags, updatedAt, newest } = row;
  return {
    name,
    isPublic,
    tags,
    updatedAt: formatInstant(updatedAt),
    ...(newest === undefined ? {} : { newest: shapeImageRow(newest) }),
  };
}

/** Feeds that were ever refreshed. */
function shapeFeeds(feeds: readonly FeedStatus[]): contract.FeedStatus[] {
  return feeds.flatMap(({ feed, title, row }) =>
    row === undefined
      ? []
      : [
          {
            feed,
            title,
            refreshedAt: formatInstant(row.refreshedAt),
            records: row.records,
            sizeBytes: row.sizeBytes,
            coverage: row.coverage,
            scopes: [...row.scopes],
          },
        ],
  );
}

export function shapeAdvisories(
  feeds: readonly FeedStatus[],
  refreshing: boolean,
): contract.AdvisoriesStatus {
  const times = feeds.flatMap(({ row }) => (row === undefined ? [] : [row.refreshedAt]));
  return {
    feeds: shapeFeeds(feeds),
    ...(times.length === 0 ? {} : { oldestAt: formatInstant(Math.min(...times)) }),
    refreshing,
  };
}

export function shapePulls(sums: PullSummary): contract.PullSummary {
  const { since, total, last30Days, lastAt } = sums;
  return {
    since: formatInstant(since),
    total,
    last30Days,
    ...(lastAt === undefined ? {} : { lastAt: formatInstant(lastAt) }),
  };
}
