// Which of two stores is the older one: the rule that keeps a stale or replayed artifact from taking the
// place of what is newer. The feed that waited longest decides, since a store is as old as that; where that is
// equal (a feed that fails everywhere), the one refreshed last does.
import { advisoryErrors } from '../../io/advisories/errors.ts';
import type { FeedRow } from '../../io/advisories/store.ts';
import { formatInstant } from '../../kit/clock.ts';
import { spanFeeds } from './artifact.ts';

/** Throws `advisories.older` where `next` is older than `present`; where either has no feed, nothing is. */
export function checkNotOlder(
  next: { readonly name: string; readonly feeds: readonly FeedRow[] },
  present: { readonly name: string; readonly feeds: readonly FeedRow[] },
): void {
  const [a, b] = [spanFeeds(next.feeds), spanFeeds(present.feeds)];
  if (a.oldestAt === undefined || b.oldestAt === undefined) return;
  const isOldestEqual = a.oldestAt === b.oldestAt;
  if (a.oldestAt > b.oldestAt || (isOldestEqual && (a.newestAt as number) >= (b.newestAt as number))) return;
  const [which, from, to] = isOldestEqual
    ? ['newest', a.newestAt as number, b.newestAt as number]
    : ['oldest', a.oldestAt, b.oldestAt];
  throw advisoryErrors.older(
    `the ${which} feed of ${next.name} is of ${formatInstant(from as number)}, that of ${present.name} of ${formatInstant(to as number)}`,
  );
}
