// How the feeds stand: which there are, how old, how large, and what they can show.
import type { AdvisoryStore, FeedRow } from '../../io/advisories/store.ts';
import { allFeeds } from './feeds/all.ts';

export interface FeedStatus {
  readonly feed: string;
  readonly title: string;
  /** The vendor's public address. */
  readonly defaultSource: string;
  /** Absent where the feed was never refreshed. */
  readonly row?: FeedRow;
  /** Milliseconds since it was refreshed; absent where it never was. */
  readonly ageMs?: number;
  readonly isStale: boolean;
  /** A place may be without it, and it judges no package. */
  readonly isOptional: boolean;
}

/** Debian publishes several times a day, OSV hourly: after a week a refresh has been failing unseen. */
export const STALE_AFTER_MS = 7 * 24 * 60 * 60 * 1000;

/** Every feed there is, refreshed or not, in order. */
export function listFeedStatus(store: AdvisoryStore, now: number): readonly FeedStatus[] {
  const rows = new Map(store.feeds().map((row) => [row.feed, row]));
  return allFeeds.map(({ name, title, defaultSource, isOptional = false }) => {
    const row = rows.get(name);
    if (row === undefined) return { feed: name, title, defaultSource, isStale: false, isOptional };
    const ageMs = Math.max(0, now - row.refreshedAt);
    return { feed: name, title, defaultSource, row, ageMs, isStale: ageMs > STALE_AFTER_MS, isOptional };
  });
}
