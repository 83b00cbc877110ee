// Rule: no critical or high vulnerability that has a fix. One is enough to fail; without one, whatever could
// not be judged (a gap, an unread file, a fixable finding that nobody rated) makes the answer unknown.
import type { Finding } from '../../advisory/finding.ts';
import { isFixable } from '../../advisory/group-by-fix.ts';
import { describeEmptiness, describeUnknowns, type PolicyEvidence } from '../evidence.ts';
import type { Rule, RuleAnswer } from './rule.ts';

export const noFixableCriticalOrHigh: Rule = Object.freeze({
  id: 'no-fixable-critical-or-high',
  title: 'No critical or high vulnerability that has a fix',
  meaning:
    'Fails for each critical or high finding that an upgrade, or removing a malicious package, would mend. Unknown where a package is not covered, a version cannot be compared, something could not be read, or a fixable finding has no severity.',
  judge,
} satisfies Rule);

/** What breaks this rule. */
export function isFixableCriticalOrHigh(finding: Finding): boolean {
  return (finding.severity === 'critical' || finding.severity === 'high') && isFixable(finding);
}

function judge({ inventory, matching }: PolicyEvidence): RuleAnswer {
  const { findings, coverage } = matching;
  const broken = findings.filter(isFixableCriticalOrHigh);
  const unrated = findings.filter((finding) => finding.severity === 'unknown' && isFixable(finding));
  const emptiness = describeEmptiness(inventory);
  const doubts = [
    ...(emptiness === undefined ? [] : [emptiness]),
    ...describeGaps(matching),
    ...describeUnknowns(inventory),
    ...(unrated.length === 0 ? [] : [describeUnrated(unrated)]),
  ];
  const unjudged =
    coverage.gaps.length + inventory.unknowns.length + unrated.length + (emptiness === undefined ? 0 : 1);
  if (broken.length > 0) {
    const label = `${broken.length} fixable critical or high`;
    return {
      outcome: 'fail',
      label,
      reasons: [describeBroken(broken), ...doubts],
      excess: broken.length,
      unjudged,
    };
  }
  const judged = describeJudged(matching);
  if (unjudged > 0) {
    const label =
      unrated.length === unjudged ? `${unrated.length} fixable, not rated` : `${unjudged} not judged`;
    return { outcome: 'unknown', label, reasons: [...doubts, judged], excess: 0, unjudged };
  }
  return { outcome: 'pass', label: 'None fixable', reasons: [judged], excess: 0, unjudged: 0 };
}

function describeBroken(broken: readonly Finding[]): string {
  const listed = broken
    .slice(0, 3)
    .map((finding) => {
      const { name, version } = finding.package;
      const mend = finding.fixedVersion === undefined ? 'remove it' : `fixed in ${finding.fixedVersion}`;
      return `${finding.id} (${finding.severity}) in ${name} ${version}, ${mend}`;
    })
    .join('; ');
  return broken.length > 3 ? `${listed}; and ${broken.length - 3} more.` : `${listed}.`;
}

/** One sentence per reason, the most frequent first: 90 packages of an uncovered release are one fact. */
function describeGaps({ coverage: { gaps } }: PolicyEvidence['matching']): readonly string[] {
  const byWhy = Map.groupBy(gaps, ({ why }) => why);
  const reasons = [...byWhy].sort(([, a], [, b]) => b.length - a.length);
  const told = reasons.slice(0, 3).map(([why, list]) => {
    const [first] = list;
    const who = list.length === 1 ? `${first?.name} ${first?.version}`.trim() : `${list.length} packages`;
    return `${who} not judged: ${why}.`;
  });
  return reasons.length > 3 ? [...told, `${reasons.length - 3} more reasons in the coverage.`] : told;
}

function describeUnrated(unrated: readonly Finding[]): string {
  const [first] = unrated;
  return unrated.length === 1
    ? `${first?.id} in ${first?.package.name} has a fix and nobody rated its severity.`
    : `${unrated.length} findings have a fix and nobody rated their severity, such as ${first?.id} in ${first?.package.name}.`;
}

/** Of what the answer is said: a feed that lists only fixed vulnerabilities is named as such. */
function describeJudged({ findings, coverage }: PolicyEvidence['matching']): string {
  const feeds = coverage.feeds.map((row) =>
    row.coverage === 'fixed-only' ? `${row.feed} (fixed-only feed)` : row.feed,
  );
  const by = feeds.length === 0 ? '' : ` by ${feeds.join(', ')}`;
  const others =
    findings.length === 0
      ? ''
      : `; ${findings.length} lesser or unfixed ${findings.length === 1 ? 'finding' : 'findings'}`;
  return `None among ${coverage.judged} of ${coverage.packages} packages judged${by}${others}.`;
}
