// The CVEs of an image as Markdown: the counts first, a collapsed table for each package.
import type { Finding } from '../../../engines/advisory/finding.ts';
import { isUnjudged } from '../../../engines/compare/cve.ts';
import { formatSize } from '../../../kit/bytes.ts';
import type { Report } from '../../../services/hub/report.ts';
import { countSeverities } from '../../../services/hub/summary.ts';
import { describeCounts } from './comparison-words.ts';
import { groupByPackage } from './cves-text.ts';
import { code, details, escapeText, link, table } from './gfm.ts';
import { plural } from './text.ts';

/** Packages with a part of their own; a comment holds no more. */
const PACKAGES = 100;

export function formatCvesMarkdown(
  report: Report,
  findings: readonly Finding[],
  options: { readonly filter?: string; readonly hasEpss: boolean },
): string {
  const { subject, matching, inventory } = report;
  const { coverage } = matching;
  const groups = groupByPackage(findings, options.hasEpss);
  const none = isUnjudged(coverage) ? 'CVEs not known' : 'no known CVE';
  const counts = findings.length === 0 ? none : describeCounts(countSeverities(findings));
  const open = coverage.gaps.length + inventory.unknowns.length;
  const facts = [
    ['digest', code(subject.digest)],
    ...(subject.platform === undefined ? [] : [['platform', escapeText(subject.platform)]]),
    ...(subject.sizeBytes === undefined ? [] : [['size', formatSize(subject.sizeBytes)]]),
    ['packages', `${coverage.packages}, of which ${coverage.judged} judged`],
    ...(open === 0 ? [] : [['not judged or not read', String(open)]]),
  ];
  return `${[
    `### Plimsoll: ${counts} in ${code(subject.reference)}`,
    ...(options.filter === undefined ? [] : [escapeText(options.filter)]),
    table(['', ''], facts),
    ...groups.slice(0, PACKAGES).map((group) => packageDetails(group, options.hasEpss)),
    ...(groups.length > PACKAGES ? [`And ${plural(groups.length - PACKAGES, 'package')} more.`] : []),
  ].join('\n\n')}\n`;
}

function packageDetails(group: readonly Finding[], hasEpss: boolean): string {
  const [{ package: of }] = group as readonly [Finding];
  const rows = group.map(({ id, url, severity, fixedVersion, exploited, epss }) => [
    `${severity === 'unknown' ? 'not rated' : severity}${exploited === undefined ? '' : ', exploited'}`,
    link(id, url),
    ...(hasEpss ? [epss === undefined ? '' : `${(epss.score * 100).toFixed(1)} %`] : []),
    fixedVersion === undefined ? 'no fix' : escapeText(fixedVersion),
  ]);
  const head = ['Severity', 'Vulnerability', ...(hasEpss ? ['EPSS'] : []), 'Fixed in'];
  const summary = `${code(of.name)} ${escapeText(of.version).replaceAll('\\', '')} (${of.type}): ${describeCounts(countSeverities(group))}`;
  return details(summary, table(head, rows));
}
