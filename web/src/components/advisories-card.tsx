// How old the advisories are, feed by feed; without any, how to fetch them.
import type { AdvisoriesStatus } from '../../../src/entry/http/contract.ts';
import { formatAge, formatCount, isStale } from '../format.ts';
import { CopyLine } from './copy-line.tsx';
import { RelativeTime, useNow } from './relative-time.tsx';
import { OutcomeShape } from './shape.tsx';

export function AdvisoriesCard({ advisories }: { advisories: AdvisoriesStatus }) {
  const { feeds, refreshing } = advisories;
  return (
    <div className="card">
      {feeds.length === 0 ? (
        <>
          <p>
            {refreshing
              ? 'The first advisories are being fetched.'
              : 'No advisories yet: nothing can be judged by them. Fetch them:'}
          </p>
          {refreshing ? null : <CopyLine lines={[refreshLine()]} />}
        </>
      ) : (
        <>
          <StaleNotice oldestAt={advisories.oldestAt} />
          <dl className="facts">
            {feeds.map((feed) => (
              <div key={feed.feed}>
                <dt title={`${formatCount(feed.records)} records`}>{feed.title}</dt>
                <dd>
                  <RelativeTime instant={feed.refreshedAt} />
                </dd>
              </div>
            ))}
          </dl>
          {refreshing ? <p className="small quiet">Being refreshed now.</p> : null}
        </>
      )}
    </div>
  );
}

/** One line where the oldest feed is older than a week; nothing otherwise. */
export function StaleNotice({ oldestAt }: { oldestAt: string | undefined }) {
  const now = useNow();
  if (oldestAt === undefined || !isStale(oldestAt, now)) return null;
  return (
    <p className="stale">
      <OutcomeShape outcome="unknown" /> Advisories are {formatAge(oldestAt, now)} old. The administrator can
      refresh them: <code>{refreshLine()}</code>
    </p>
  );
}

/** The server's own store is refreshed by itself daily, and at once by its administrator. */
function refreshLine(): string {
  return `curl -X POST -u admin ${location.origin}/api/v1/advisories/refresh`;
}
