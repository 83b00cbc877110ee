// The two lines that most people read: what became of the image, and how much of what changed. The answer comes
// from the verdicts alone; numbers are those after the filter.
import { formatSize } from '../../kit/bytes.ts';
import type { Severity } from '../advisory/record.ts';
import type { Outcome, RuleVerdict, Verdict } from '../policy/verdict.ts';
import type { Comparison, Trend } from './comparison.ts';
import { type CveCounts, countCves, isUnjudged, sumCves } from './cve.ts';
import { joinWords } from './filter.ts';
import { compareSizes } from './size.ts';

/** E.g. `within the line again`, `still over the line`. */
export function formatAnswer(before: Outcome, after: Outcome, trend: Trend): string {
  if (before === after) return STAYED[after][trend];
  switch (after) {
    case 'pass':
      return before === 'fail' ? 'within the line again' : 'within the line';
    case 'fail':
      return 'over the line now';
    case 'unknown':
      return before === 'fail'
        ? 'no longer over the line, not yet known to be within'
        : 'no longer known to be within the line';
  }
}

const STAYED: Readonly<Record<Outcome, Readonly<Record<Trend, string>>>> = Object.freeze({
  pass: {
    better: 'within the line, deeper than before',
    worse: 'still within the line, but closer to it',
    same: 'still within the line',
  },
  fail: {
    better: 'still over the line, but less',
    worse: 'still over the line, and further',
    same: 'still over the line',
  },
  unknown: {
    better: 'still not known to be within the line',
    worse: 'still not known to be within the line',
    same: 'still not known to be within the line',
  },
});

type Changes = Pick<Comparison, 'before' | 'after' | 'packages' | 'findings' | 'newGaps'>;

/** One or two sentences, whole, with a capital letter. */
export function formatSummary(changes: Changes, verdict: Verdict): string {
  const counts = [...describeFindings(changes), describePackages(changes), ...describeSize(changes)];
  const why = describeVerdict(verdict);
  const gaps = changes.newGaps.length;
  return [
    `${capital(joinWords(counts))}${why === undefined ? '' : `; ${why}`}.`,
    ...(gaps === 0 ? [] : [`${countOf(gaps, 'package')} of this change could not be judged.`]),
  ].join(' ');
}

/** Critical and high first; the lesser ones only where those did not move. */
function describeFindings({ before, after, findings }: Changes): readonly string[] {
  const { introduced, fixed, unjudged } = findings;
  const lost = unjudged.length === 0 ? '' : `${countOf(sumCves(unjudged), 'CVE')} no longer judged`;
  if (introduced.length === 0 && fixed.length === 0) {
    // None found is no news where no feed could judge a single package.
    const none = [before, after].some(isUnjudged) ? 'CVEs not known' : 'no CVE more or fewer';
    return [lost || none];
  }
  const [come, gone] = [countCves(introduced), countCves(fixed)];
  for (const group of [
    ['critical', 'high'],
    ['medium', 'low'],
    ['negligible', 'unknown'],
  ] as const) {
    const [fewer, more] = [describeCounts(gone, group), describeCounts(come, group)];
    const parts = [...(fewer === '' ? [] : [`${fewer} fewer`]), ...(more === '' ? [] : [`${more} more`])];
    if (parts.length > 0) return [joinWords(parts), lost].filter(Boolean);
  }
  return [lost].filter(Boolean);
}

function describeCounts(counts: CveCounts, group: readonly Severity[]): string {
  return joinWords(
    group.flatMap((severity) => {
      const count = counts[severity];
      if (count === 0) return [];
      return severity === 'unknown' ? [countOf(count, 'unrated CVE')] : [`${count} ${severity}`];
    }),
  );
}

function describePackages({ packages: { changes } }: Changes): string {
  const count = (kind: string): number => changes.filter((change) => change.kind === kind).length;
  const [added, removed, changed] = [count('added'), count('removed'), count('changed')];
  if (added > 0 && removed > 0) return `${countOf(added, 'package')} more, ${removed} fewer`;
  if (added > 0) return `${countOf(added, 'package')} more`;
  if (removed > 0) return `${countOf(removed, 'package')} fewer`;
  return changed > 0 ? `${countOf(changed, 'package')} changed` : 'the same packages';
}

function describeSize({ before, after }: Changes): readonly string[] {
  const { change } = compareSizes(before, after);
  return change === undefined || change === 0
    ? []
    : [`${formatSize(Math.abs(change))} ${change > 0 ? 'larger' : 'smaller'}`];
}

/** Why it is over the line, or what is not known; undefined where all is met. */
function describeVerdict({ outcome, rules }: Verdict): string | undefined {
  if (outcome === 'pass') return undefined;
  const telling = rules.filter((rule) => rule.outcome === outcome);
  const labels = joinWords(telling.slice(0, 2).map(describeRule));
  const more = telling.length > 2 ? ` and ${telling.length - 2} more` : '';
  return outcome === 'fail' ? `over the line because of: ${labels}${more}` : `not known: ${labels}${more}`;
}

function describeRule({ label }: RuleVerdict): string {
  return label.charAt(0).toLowerCase() + label.slice(1);
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function countOf(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
