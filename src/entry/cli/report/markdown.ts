// The report as GitHub-flavoured Markdown: the answer first, evidence collapsed. No picture from another host.
// Whatever comes from an image is escaped: a package cannot write links or HTML into a comment.

import type { FixGroup } from '../../../engines/advisory/fix-group.ts';
import { type Severity, severities } from '../../../engines/advisory/record.ts';
import { standardPolicy } from '../../../engines/policy/policy.ts';
import { formatScore } from '../../../engines/policy/score.ts';
import type { Report } from '../../../services/hub/report.ts';
import { code, escapeText, link, table } from './gfm.ts';
import { describeSubject } from './subject-line.ts';

const MARKS = { pass: '🟢', fail: '🔴', unknown: '⚪' } as const;

export function formatReportMarkdown(report: Report): string {
  const { subject, verdict, matching, inventory } = report;
  const { coverage } = matching;
  return `${[
    `## ${MARKS[verdict.outcome]} ${escapeText(verdict.answer)}`,
    [code(subject.reference), code(subject.digest), ...describeSubject(subject).map(escapeText)].join(' · '),
    table(
      ['', 'Rule', 'Why'],
      verdict.rules.map((rule) => [
        MARKS[rule.outcome],
        escapeText(rule.title),
        escapeText(rule.reasons[0] ?? rule.label),
      ]),
    ),
    ...scoreLine(report),
    ...report.fixes.map(fixDetails),
    `**Judged** ${coverage.judged} of ${coverage.packages} packages; ${inventory.unknowns.length} things could not be read.`,
    ...gapDetails(report),
  ].join('\n\n')}\n`;
}

/** For a policy that somebody wrote: three rules make too coarse a letter. */
function scoreLine({ verdict: { score, policy } }: Report): string[] {
  if (score === undefined || policy === undefined || policy === standardPolicy.name) return [];
  const hides = score.hides.length === 0 ? '' : ` Not shown by it: ${escapeText(score.hides.join('; '))}.`;
  return [`**Health score ${formatScore(score)}** by ${code(policy)}.${hides}`];
}

function fixDetails(group: FixGroup): string {
  const words = severities
    .map((severity): [Severity, number] => [
      severity,
      group.findings.filter((one) => one.severity === severity).length,
    ])
    .filter(([, count]) => count > 0)
    .map(([severity, count]) => `${count} ${severity}`);
  const rows = group.findings.map((finding) => [
    finding.exploited === undefined ? finding.severity : `${finding.severity}, **exploited**`,
    link(finding.id, finding.url),
    `${code(finding.package.name)} ${escapeText(finding.package.version)}`,
    finding.fixedVersion === undefined ? 'no fix' : escapeText(finding.fixedVersion),
  ]);
  return [
    `<details><summary>${escapeText(group.title)} (${words.join(', ')})</summary>`,
    ...(group.command === undefined ? [] : [`\`\`\`\n${group.command.replaceAll('`', "'")}\n\`\`\``]),
    table(['Severity', 'Vulnerability', 'Package', 'Fixed in'], rows),
    '</details>',
  ].join('\n\n');
}

function gapDetails({ matching, inventory }: Report): string[] {
  const rows = [
    ...matching.coverage.gaps.map((gap) => [
      `${code(gap.name)} ${escapeText(gap.version)}`,
      escapeText(gap.why),
    ]),
    ...inventory.unknowns.map((unknown) => [code(unknown.where), escapeText(unknown.why)]),
  ];
  if (rows.length === 0) return [];
  return [
    `<details><summary>What could not be judged (${rows.length})</summary>\n\n${table(['What', 'Why'], rows)}\n\n</details>`,
  ];
}
