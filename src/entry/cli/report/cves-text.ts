// The CVEs of an image by package, as a person reads them: the packages with the worst first, each with what it
// has and what mends it.
import type { Finding } from '../../../engines/advisory/finding.ts';
import { compareSeverity } from '../../../engines/advisory/severity.ts';
import { isUnjudged } from '../../../engines/compare/cve.ts';
import type { Report } from '../../../services/hub/report.ts';
import { countSeverities } from '../../../services/hub/summary.ts';
import { printable } from '../printable.ts';
import { paint, severityWord } from '../style.ts';
import { formatTable } from '../table.ts';
import type { Sink } from '../world.ts';
import { wrap } from '../wrap.ts';
import { describeCounts } from './comparison-words.ts';
import { plural } from './text.ts';

export interface CvesTextOptions {
  readonly isDetailed: boolean;
  readonly hasLocations: boolean;
  /** Shows the estimates and puts the likeliest first. */
  readonly hasEpss: boolean;
  /** What is not counted, one sentence. */
  readonly filter?: string;
}

/** `findings` are those of the report that count. */
export function formatCvesText(
  report: Report,
  findings: readonly Finding[],
  sink: Sink,
  options: CvesTextOptions,
): string {
  const groups = groupByPackage(findings, options.hasEpss);
  return `${[
    heading(report, findings, groups.length, sink, options),
    ...groups.map((group) => packageLines(group, sink, options)),
    [closing(report, sink)],
  ]
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

/** Packages and what they have; `isVulnerableOnly` leaves the others out. */
export function formatPackageCounts(
  report: Report,
  findings: readonly Finding[],
  sink: Sink,
  isVulnerableOnly: boolean,
): string {
  const byPackage = Map.groupBy(findings, (finding) => finding.package.purl);
  const gaps = new Map(report.matching.coverage.gaps.map((gap) => [gap.purl, gap.why]));
  const rows = report.inventory.packages
    .filter(({ purl }) => !isVulnerableOnly || byPackage.has(purl))
    .map(({ purl, type, name, version }) => {
      const own = byPackage.get(purl) ?? [];
      const why = gaps.get(purl);
      const counts =
        own.length === 0 && why !== undefined ? `◌ ${why}` : describeCounts(countSeverities(own));
      return [type, name, version || 'no version', counts];
    });
  return `${formatTable(rows, [{}, {}, {}, { isFlexible: true }], sink.columns).join('\n')}\n`;
}

/** Findings of one package, the worst package first. */
export function groupByPackage(
  findings: readonly Finding[],
  isByEpss: boolean,
): readonly (readonly Finding[])[] {
  const rank = (finding: Finding): number => finding.epss?.score ?? -1;
  const groups = [...Map.groupBy(findings, (finding) => finding.package.purl).values()].map((group) =>
    isByEpss ? group.toSorted((a, b) => rank(b) - rank(a)) : group,
  );
  return groups.sort((a, b) => {
    const [first, second] = [a[0] as Finding, b[0] as Finding];
    return isByEpss
      ? rank(second) - rank(first)
      : compareSeverity(first.severity, second.severity) || b.length - a.length;
  });
}

function heading(
  { subject, matching: { coverage } }: Report,
  findings: readonly Finding[],
  packages: number,
  sink: Sink,
  { filter }: CvesTextOptions,
): string[] {
  const none = isUnjudged(coverage) ? 'CVEs not known' : 'No known CVE';
  const counts = findings.length === 0 ? none : describeCounts(countSeverities(findings));
  const where = findings.length === 0 ? '' : ` in ${plural(packages, 'package')}`;
  return [
    `${paint(sink, 'bold', `${counts}${where}`)}, ${coverage.judged} of ${plural(coverage.packages, 'package')} judged`,
    paint(sink, 'dim', `   ${printable(subject.reference)}  ${subject.platform ?? ''}`.trimEnd()),
    ...(filter === undefined ? [] : wrap(printable(filter), sink.columns - 3).map((line) => `   ${line}`)),
  ];
}

function packageLines(group: readonly Finding[], sink: Sink, options: CvesTextOptions): string[] {
  const [{ package: of }] = group as readonly [Finding];
  const place = options.hasLocations
    ? [paint(sink, 'dim', `  /${printable(of.path)} in layer ${of.layerDiffId}`)]
    : [];
  const rows = group.map((finding) => [
    ` ${severityWord(sink, finding.severity)}`,
    finding.exploited === undefined ? finding.id : `${finding.id} (exploited)`,
    ...(options.hasEpss ? [describeEpss(finding)] : []),
    finding.fixedVersion === undefined ? 'no fix' : `→ ${finding.fixedVersion}`,
  ]);
  const title = `${paint(sink, 'bold', printable(`${of.name} ${of.version}`))}  ${paint(sink, 'dim', `${of.type}, ${describeCounts(countSeverities(group))}`)}`;
  const columns = options.hasEpss ? [{}, {}, {}, { isFlexible: true }] : [{}, {}, { isFlexible: true }];
  const lines = formatTable(rows, columns, sink.columns);
  if (!options.isDetailed) return [title, ...place, ...lines];
  return [
    title,
    ...place,
    ...group.flatMap((finding, at) => [lines[at] as string, ...detailLines(finding, sink)]),
  ];
}

function describeEpss({ epss }: Finding): string {
  return epss === undefined
    ? 'no EPSS'
    : `EPSS ${(epss.score * 100).toFixed(1)} % (above ${(epss.percentile * 100).toFixed(0)} %)`;
}

function detailLines(finding: Finding, sink: Sink): string[] {
  const { summary, url, score, vector, evidence, note } = finding;
  const texts = [
    ...(summary === undefined ? [] : [summary]),
    ...(vector === undefined ? [] : [`CVSS ${score ?? '?'} ${vector}`]),
    `${evidence.comparison}, says ${evidence.feed}`,
    ...(note === undefined ? [] : [note]),
    ...(url === undefined ? [] : [url]),
  ];
  return texts
    .flatMap((text) => wrap(printable(text), sink.columns - 6))
    .map((line) => paint(sink, 'dim', `      ${line}`));
}

function closing({ matching: { coverage }, inventory }: Report, sink: Sink): string {
  const open = coverage.gaps.length + inventory.unknowns.length;
  const unknown =
    open === 0 ? '' : `◌ ${open} things could not be judged or read: plimsoll inspect tells which.`;
  return unknown === '' ? paint(sink, 'dim', 'Everything found could be judged.') : unknown;
}
