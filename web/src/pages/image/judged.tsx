// What was judged and what was not: the bar, the gaps with their reasons, the feeds with their age.
import type { ImageReport } from '../../../../src/entry/http/contract.ts';
import { StaleNotice } from '../../components/advisories-card.tsx';
import { CoverageBar } from '../../components/coverage-bar.tsx';
import { RelativeTime } from '../../components/relative-time.tsx';
import { formatCount, formatPlural } from '../../format.ts';

export function Judged({ report }: { report: ImageReport }) {
  const { coverage, unknowns } = report;
  const oldestAt = coverage.feeds.map(({ refreshedAt }) => refreshedAt).toSorted()[0];
  const left = coverage.packages - coverage.judged;
  return (
    <section>
      <h2>What was judged</h2>
      <StaleNotice oldestAt={oldestAt} />
      <CoverageBar judged={coverage.judged} packages={coverage.packages} />
      <p>
        {formatCount(coverage.judged)} of {formatPlural(coverage.packages, 'package')}.{' '}
        <span className="quiet">
          {left === 0
            ? 'A feed covers each of them.'
            : `${formatCount(left)} could not be: ${firstReason(report)}`}
        </span>
      </p>
      <FixedOnly feeds={coverage.feeds} />
      {coverage.gaps.length > 0 ? (
        <details>
          <summary>{formatPlural(coverage.gapTotal, 'package')} not judged, and why</summary>
          <ul className="side-list">
            {coverage.gaps.map((gap) => (
              <li key={`${gap.purl} ${gap.why}`}>
                <strong>{gap.name}</strong> {gap.version}
                <br />
                <span className="quiet">{gap.why}</span>
              </li>
            ))}
            {coverage.gapTotal > coverage.gaps.length ? (
              <li className="quiet">and {formatCount(coverage.gapTotal - coverage.gaps.length)} more</li>
            ) : null}
          </ul>
        </details>
      ) : null}
      {unknowns.length > 0 ? (
        <details>
          <summary>{formatPlural(unknowns.length, 'place')} that could not be read</summary>
          <ul className="side-list">
            {unknowns.map(({ where, why }) => (
              <li key={`${where} ${why}`}>
                <code>{where}</code>
                <br />
                <span className="quiet">{why}</span>
              </li>
            ))}
          </ul>
        </details>
      ) : null}
      <Feeds feeds={coverage.feeds} />
    </section>
  );
}

/** A feed that knows only fixes says nothing of what is not fixed: that must not look like safety. */
function FixedOnly({ feeds }: { feeds: ImageReport['coverage']['feeds'] }) {
  const names = feeds.filter(({ coverage }) => coverage === 'fixed-only').map(({ feed }) => feed);
  if (names.length === 0) return null;
  return (
    <p className="small quiet">
      {names.join(' and ')} {names.length === 1 ? 'lists' : 'list'} only what has been fixed: what has no fix
      yet is not seen.
    </p>
  );
}

function Feeds({ feeds }: { feeds: ImageReport['coverage']['feeds'] }) {
  if (feeds.length === 0)
    return <p className="small quiet">No advisory feed was asked: none was fetched yet.</p>;
  return (
    <details>
      <summary>{formatPlural(feeds.length, 'feed')} asked</summary>
      <ul className="side-list">
        {feeds.map((feed) => (
          <li key={feed.feed}>
            <strong>{feed.feed}</strong>, <RelativeTime instant={feed.refreshedAt} />
            <br />
            <span className="quiet">
              {feed.coverage === 'affected'
                ? 'lists what is not fixed too'
                : 'lists only what has been fixed'}
            </span>
          </li>
        ))}
      </ul>
    </details>
  );
}

/** The most frequent reason, as its own sentence. */
function firstReason({ coverage }: ImageReport): string {
  const counts = new Map<string, number>();
  for (const { why } of coverage.gaps) counts.set(why, (counts.get(why) ?? 0) + 1);
  const [first] = [...counts].toSorted((a, b) => b[1] - a[1]);
  if (first === undefined) return 'no reason was recorded.';
  // `GHSA-…` and `CVE-…` stay as they are; only a plain word begins small after a colon.
  const text = first[0].replace(/^[A-Z](?=[a-z ])/, (letter) => letter.toLowerCase());
  return text.endsWith('.') ? text : `${text}.`;
}
