// Refreshing advisories: each feed is read whole from a source into the next store, or not at all. A feed
// that is missing, cut, malformed or suspiciously small keeps its last good state and is reported; the
// others still count. An optional feed may be missing. The new store becomes the present one once, at the end.
import { advisoryErrors } from '../../io/advisories/errors.ts';
import type { FeedSource } from '../../io/advisories/feed-source.ts';
import type { AdvisoryShelf, AdvisoryWriter, FeedRow } from '../../io/advisories/store.ts';
import type { Clock } from '../../kit/clock.ts';
import { isPlimsollError, type PlimsollError } from '../../kit/error.ts';
import { allFeeds } from './feeds/all.ts';
import { createFeedReader, type Feed } from './feeds/feed.ts';
import type { AdvisoryRecord } from './record.ts';

export interface RefreshRequest {
  readonly shelf: AdvisoryShelf;
  readonly source: FeedSource;
  readonly clock: Clock;
  /** Names of feeds; all where absent. Others keep what they have. */
  readonly feeds?: readonly string[];
  /** Takes feeds that shrank to under half too. */
  readonly isForced?: boolean;
  readonly onProgress?: (progress: RefreshProgress) => void;
  /** Aborting keeps the whole present store and throws the signal's reason. */
  readonly signal?: AbortSignal;
}

/** What a refresh is doing; `ended` comes once per feed. */
export type RefreshProgress =
  | {
      readonly kind: 'fetching';
      readonly feed: string;
      readonly title: string;
      /** Of the document that is being fetched. */
      readonly bytes: number;
      readonly totalBytes?: number;
    }
  | { readonly kind: 'reading'; readonly feed: string; readonly title: string; readonly records: number }
  | { readonly kind: 'ended'; readonly feed: string; readonly title: string; readonly outcome: FeedOutcome };

/** What became of one feed. `previous` is what the store held before. */
export type FeedOutcome =
  | { readonly kind: 'refreshed'; readonly feed: string; readonly row: FeedRow; readonly previous?: FeedRow }
  | {
      readonly kind: 'kept';
      readonly feed: string;
      readonly error: PlimsollError;
      readonly previous?: FeedRow;
    }
  /** The place does not have this optional feed, which is no failure; `previous` stands. */
  | {
      readonly kind: 'absent';
      readonly feed: string;
      /** The place, as `FeedRow.source` names it. */
      readonly source: string;
      readonly previous?: FeedRow;
    };

/** How often reading is told, in records: some tens of times a second. */
const TELL_EVERY = 1_000;

/** A feed with less than this share of its former records is refused unless forced. */
const SHRUNK_SHARE = 0.5;

/**
 * Refreshes feeds and says what became of each, in order. Throws `advisories.feed_unknown`,
 * `advisories.folder_unusable`, or the signal's reason; a feed's own failure is an outcome.
 */
export async function refreshAdvisories(request: RefreshRequest): Promise<readonly FeedOutcome[]> {
  const feeds = chooseFeeds(request.feeds);
  const present = await readPresent(request.shelf);
  const outcomes: FeedOutcome[] = [];
  await using writer = await request.shelf.write();
  for (const feed of feeds) {
    const outcome = await refreshFeed(request, writer, feed, present.get(feed.name));
    outcomes.push(outcome);
    request.onProgress?.({ kind: 'ended', feed: feed.name, title: feed.title, outcome });
  }
  if (outcomes.some(({ kind }) => kind === 'refreshed')) await writer.finish();
  return outcomes;
}

function chooseFeeds(names: readonly string[] | undefined): readonly Feed[] {
  if (names === undefined || names.length === 0) return allFeeds;
  const known = allFeeds.map(({ name }) => name);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw advisoryErrors.feed_unknown(`there is no feed ${unknown}; the feeds are ${known.join(', ')}`);
  }
  return allFeeds.filter(({ name }) => names.includes(name));
}

/** A damaged present store counts as none: a refresh is what mends it. */
async function readPresent(shelf: AdvisoryShelf): Promise<ReadonlyMap<string, FeedRow>> {
  try {
    await using store = await shelf.open();
    return new Map(store.feeds().map((row) => [row.feed, row]));
  } catch (error) {
    if (isPlimsollError(error, { code: advisoryErrors.store_damaged.code })) return new Map();
    throw error;
  }
}

async function refreshFeed(
  request: RefreshRequest,
  writer: AdvisoryWriter,
  feed: Feed,
  previous: FeedRow | undefined,
): Promise<FeedOutcome> {
  const before = previous === undefined ? {} : { previous };
  writer.beginFeed(feed.name);
  try {
    const row = await writeFeed(request, writer, feed);
    checkCount(row, previous, request.isForced ?? false);
    await writer.endFeed(row);
    return { kind: 'refreshed', feed: feed.name, row, ...before };
  } catch (error) {
    writer.abandonFeed();
    request.signal?.throwIfAborted();
    if (!isPlimsollError(error) || error.kind === 'bug') throw error;
    if (error.code === advisoryErrors.folder_unusable.code) throw error;
    if (feed.isOptional === true && error.code === advisoryErrors.feed_missing.code)
      return { kind: 'absent', feed: feed.name, source: request.source.name, ...before };
    return { kind: 'kept', feed: feed.name, error, ...before };
  }
}

async function writeFeed(request: RefreshRequest, writer: AdvisoryWriter, feed: Feed): Promise<FeedRow> {
  const { name, title } = feed;
  const scopes = new Set(feed.scopes);
  let sizeBytes = 0;
  let records = 0;
  let hasUnfixed = false;
  const reader = createFeedReader(
    request.source,
    {
      ...(request.signal === undefined ? {} : { signal: request.signal }),
      onProgress: (bytes, totalBytes) =>
        request.onProgress?.({
          kind: 'fetching',
          feed: name,
          title,
          bytes,
          ...(totalBytes === undefined ? {} : { totalBytes }),
        }),
    },
    (document) => advisoryErrors.feed_missing(`${request.source.name} has no ${document.path}`),
    (file) => {
      sizeBytes += file.sizeBytes;
    },
  );
  for await (const { scope, name: packageName, record } of feed.read(reader)) {
    writer.add({ feed: name, scope, name: packageName, id: record.id, body: JSON.stringify(record) });
    scopes.add(scope);
    records += 1;
    hasUnfixed ||= !('ranges' in record && isFixed(record));
    if (records % TELL_EVERY > 0) continue;
    request.signal?.throwIfAborted();
    request.onProgress?.({ kind: 'reading', feed: name, title, records });
  }
  return {
    feed: name,
    source: request.source.name,
    refreshedAt: request.clock.now(),
    records,
    sizeBytes,
    // A copy that holds nothing unfixed cannot show what has no fix, whatever its vendor means to list.
    coverage: hasUnfixed ? feed.coverage : 'fixed-only',
    scopes: [...scopes].sort(),
  };
}

function isFixed({ ranges }: AdvisoryRecord): boolean {
  return ranges.some(({ events }) => events.some((event) => 'fixed' in event));
}

function checkCount(row: FeedRow, previous: FeedRow | undefined, isForced: boolean): void {
  if (row.records === 0) throw advisoryErrors.feed_damaged(`feed ${row.feed} holds no record`);
  if (previous === undefined || isForced || row.records >= previous.records * SHRUNK_SHARE) return;
  throw advisoryErrors.feed_shrunk(
    `feed ${row.feed} has ${row.records} records where it had ${previous.records}`,
  );
}
