// The report as a person reads it in a terminal: answer, action, evidence, in that order; fits 80 columns and
// grows with the window; ends with what to run next.

import type { FixGroup } from '../../../engines/advisory/fix-group.ts';
import { severities } from '../../../engines/advisory/record.ts';
import { standardPolicy } from '../../../engines/policy/policy.ts';
import { formatScore } from '../../../engines/policy/score.ts';
import { shortDigest } from '../../../formats/oci/digest.ts';
import { formatSize } from '../../../kit/bytes.ts';
import type { Report } from '../../../services/hub/report.ts';
import { printable } from '../printable.ts';
import { loadLineMark, outcomeMark, paint, severityWord } from '../style.ts';
import { formatTable } from '../table.ts';
import type { Sink } from '../world.ts';
import { wrap } from '../wrap.ts';
import { plural } from './plural.ts';
import { describeSubject } from './subject-line.ts';

/** Findings of one group that are listed; the rest is counted. `--format json` has them all. */
const GROUP_ROWS = 12;
/** Coverage gaps and unknowns that are listed. */
const GAP_ROWS = 5;

/** `nowMs` is for the feeds' age. */
export function formatReportText(report: Report, sink: Sink, nowMs: number): string {
  const blocks = [
    heading(report, sink),
    rules(report, sink),
    ...score(report, sink),
    ...fixes(report, sink),
    contents(report, sink),
    ...foundation(report, sink),
    coverage(report, sink, nowMs),
    next(report, sink),
  ];
  return `${blocks.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

function heading(report: Report, sink: Sink): string[] {
  const { subject, verdict } = report;
  const identity = [
    `sha256:${shortDigest(subject.digest)}`,
    ...describeSubject(subject),
    report.inventory.distribution?.prettyName ?? report.inventory.distribution?.id ?? 'no distribution',
  ];
  return [
    `${loadLineMark(sink, verdict.loadLine.outcome)} ${paint(sink, 'bold', printable(verdict.answer))}`,
    `   ${printable(subject.reference)}`,
    paint(sink, 'dim', `   ${identity.map(printable).join('  ')}`),
  ];
}

function rules({ verdict }: Report, sink: Sink): string[] {
  return verdict.rules.flatMap((rule) => [
    `  ${outcomeMark(sink, rule.outcome)} ${printable(isOwnPolicy(verdict) ? `${rule.title}: ${rule.label}` : rule.label)}`,
    ...(rule.outcome === 'pass'
      ? []
      : wrap(printable(rule.reasons.slice(0, 2).join(' ')), sink.columns - 4)
    ).map((line) => paint(sink, 'dim', `    ${line}`)),
  ]);
}

/** One that somebody wrote: its titles tell its rules apart, and its score is no coarse letter of three rules. */
function isOwnPolicy({ policy }: Report['verdict']): boolean {
  return policy !== undefined && policy !== standardPolicy.name;
}

function score({ verdict }: Report, sink: Sink): string[][] {
  if (verdict.score === undefined || !isOwnPolicy(verdict)) return [];
  return [
    [
      `${paint(sink, 'bold', 'Health score')} ${formatScore(verdict.score)} by ${printable(verdict.policy ?? '')}`,
      ...verdict.score.hides.flatMap((one) =>
        wrap(`Not shown by it: ${printable(one)}.`, sink.columns - 4).map((line) =>
          paint(sink, 'dim', `    ${line}`),
        ),
      ),
    ],
  ];
}

function fixes({ fixes: groups }: Report, sink: Sink): string[][] {
  return groups.map((group) => [
    `${paint(sink, 'bold', printable(group.title))}  ${counts(group, sink)}`,
    ...(group.command === undefined ? [] : [`  ${paint(sink, 'cyan', printable(group.command))}`]),
    ...formatTable(
      group.findings
        .slice(0, GROUP_ROWS)
        .map((finding) => [
          ` ${severityWord(sink, finding.severity)}${finding.exploited === undefined ? '' : paint(sink, 'red', ' exploited')}`,
          finding.id,
          `${finding.package.name} ${finding.package.version}`,
          finding.fixedVersion === undefined ? paint(sink, 'dim', 'no fix') : `→ ${finding.fixedVersion}`,
        ]),
      [{}, {}, { isFlexible: true }, {}],
      sink.columns,
    ),
    ...(group.findings.length > GROUP_ROWS
      ? [paint(sink, 'dim', `  and ${group.findings.length - GROUP_ROWS} more`)]
      : []),
  ]);
}

function counts(group: FixGroup, sink: Sink): string {
  const words = severities
    .map(
      (severity) =>
        [severity, group.findings.filter((finding) => finding.severity === severity).length] as const,
    )
    .filter(([, count]) => count > 0)
    .map(([severity, count]) => `${count} ${severity}`);
  return paint(sink, 'dim', words.join(', '));
}

function contents({ inventory, subject }: Report, sink: Sink): string[] {
  const types = new Map<string, number>();
  for (const one of inventory.packages) types.set(one.type, (types.get(one.type) ?? 0) + 1);
  const kinds = [...types].map(([type, count]) => `${count} ${type}`).join(', ');
  const { packages, layers, fileCount, totalBytes } = inventory;
  const size = formatSize(totalBytes);
  // A foreign SBOM counts neither layers nor files; ours says those of the image.
  const isCounted = subject.kind !== 'sbom' || fileCount > 0 || layers.length > 0;
  const parts = [
    `${plural(packages.length, 'package')}${kinds === '' ? '' : ` (${kinds})`}`,
    ...(isCounted && subject.kind !== 'folder' ? [plural(layers.length, 'layer')] : []),
    ...(isCounted ? [plural(fileCount, 'file'), subject.kind === 'folder' ? size : `${size} unpacked`] : []),
  ];
  return [`${paint(sink, 'bold', 'What it holds')}  ${parts.join(', ')}`];
}

/** The base, where somebody looked for it; why it is not known, where it is not. */
function foundation({ lineage }: Report, sink: Sink): string[][] {
  if (lineage === undefined) return [];
  const { base, unknowns } = lineage;
  const title = paint(sink, 'bold', 'Built on');
  const dim = (text: string): string[] =>
    wrap(printable(text), sink.columns - 4).map((line) => paint(sink, 'dim', `    ${line}`));
  if (base === undefined) return [[`${title}  not known`, ...unknowns.slice(-1).flatMap(dim)]];
  const name = base.reference ?? (base.digest && `sha256:${shortDigest(base.digest)}`) ?? 'an unnamed image';
  const now = base.digest === undefined ? undefined : base.current?.digest;
  const state =
    now === undefined ? '' : now === base.digest ? ', current' : ', behind: its name has moved on';
  const notes = now === undefined ? unknowns.slice(-1) : [];
  return [[`${title}  ${printable(name)}  ${base.confidence}${state}`, ...[base.why, ...notes].flatMap(dim)]];
}

function coverage({ matching, inventory }: Report, sink: Sink, nowMs: number): string[] {
  const { judged, packages, gaps, feeds } = matching.coverage;
  const notes = [
    ...gaps.map((gap) => `${gap.name} ${gap.version}: ${gap.why}`),
    ...inventory.unknowns.map((unknown) => `${unknown.where}: ${unknown.why}`),
  ];
  return [
    `${paint(sink, 'bold', 'What was judged')}  ${judged} of ${plural(packages, 'package')}` +
      (feeds.length === 0 ? '; no advisory feed covers them' : ''),
    ...feeds.map((feed) => {
      const limits = feed.coverage === 'fixed-only' ? ', lists only what has a fix' : '';
      return paint(sink, 'dim', `    ${feed.feed}: ${age(nowMs - feed.refreshedAt)} old${limits}`);
    }),
    ...notes
      .slice(0, GAP_ROWS)
      .flatMap((note) => wrap(`◌ ${printable(note)}`, sink.columns - 2).map((line) => `  ${line}`)),
    ...(notes.length > GAP_ROWS ? [paint(sink, 'dim', `  and ${notes.length - GAP_ROWS} more`)] : []),
  ];
}

function next({ subject, matching }: Report, sink: Sink): string[] {
  const line =
    matching.coverage.feeds.length === 0
      ? 'plimsoll advisories refresh'
      : subject.kind === 'sbom'
        ? 'plimsoll inspect --fail-on high sbom://FILE'
        : `plimsoll inspect --format cyclonedx --output ${subject.kind ?? 'image'}.cdx.json ${subject.reference}`;
  return [`${paint(sink, 'dim', 'Next:')} ${printable(line)}`];
}

/** `3 hours`, `9 days`: the largest whole unit. */
export function age(elapsedMs: number): string {
  const minutes = Math.max(0, Math.floor(elapsedMs / 60_000));
  if (minutes < 60) return plural(minutes, 'minute');
  if (minutes < 48 * 60) return plural(Math.floor(minutes / 60), 'hour');
  return plural(Math.floor(minutes / 1440), 'day');
}

export { plural };
