// The quick view: one line for the image, its base, the base as it is now and a newer one; then the rules.

import { severities } from '../../../engines/advisory/record.ts';
import { isUnjudged } from '../../../engines/compare/cve.ts';
import { formatScore } from '../../../engines/policy/score.ts';
import type { Report } from '../../../services/hub/report.ts';
import { printable } from '../printable.ts';
import { loadLineMark, outcomeMark, paint } from '../style.ts';
import { formatTable } from '../table.ts';
import type { Sink } from '../world.ts';
import { describeKnown, type Known } from './comparison-words.ts';
import { code, escapeText, table } from './gfm.ts';

export interface QuickviewRow extends Known {
  readonly kind: 'target' | 'base' | 'refreshed' | 'updated';
  readonly reference: string;
}

const TITLES: Readonly<Record<QuickviewRow['kind'], string>> = Object.freeze({
  target: 'Image',
  base: 'Base image',
  refreshed: 'Refreshed base',
  updated: 'Updated base',
});

const MARKS = { pass: '●', fail: '▲', unknown: '◌' } as const;

export function formatQuickviewText(report: Report, rows: readonly QuickviewRow[], sink: Sink): string {
  const { verdict, lineage, matching } = report;
  const lines = rows.map((row) => [TITLES[row.kind], row.reference, describeKnown(row), delta(row, rows)]);
  const unknowns = rows.length > 1 ? [] : (lineage?.unknowns ?? []).map((why) => `◌ ${printable(why)}`);
  return `${[
    `${loadLineMark(sink, verdict.loadLine.outcome)} ${paint(sink, 'bold', printable(verdict.answer))}`,
    ...(verdict.score === undefined ? [] : [`   Health score ${formatScore(verdict.score)}`]),
    '',
    ...formatTable(lines, [{}, { isFlexible: true }, {}, {}], sink.columns),
    ...unknowns,
    '',
    ...verdict.rules.map(
      (rule) => `  ${outcomeMark(sink, rule.outcome)} ${printable(rule.title)}: ${rule.label}`,
    ),
    '',
    `${matching.coverage.judged} of ${matching.coverage.packages} packages judged.`,
    `${paint(sink, 'dim', 'Next:')} plimsoll cves ${printable(report.subject.reference)}`,
  ].join('\n')}\n`;
}

export function formatQuickviewMarkdown(report: Report, rows: readonly QuickviewRow[]): string {
  const { verdict, matching } = report;
  return `${[
    `### Plimsoll: ${escapeText(verdict.answer)}`,
    table(
      ['', '', 'known CVEs', ''],
      rows.map((row) => [TITLES[row.kind], code(row.reference), describeKnown(row), delta(row, rows)]),
    ),
    table(
      ['', 'rule', ''],
      verdict.rules.map((rule) => [MARKS[rule.outcome], escapeText(rule.title), escapeText(rule.label)]),
    ),
    `${matching.coverage.judged} of ${matching.coverage.packages} packages judged.`,
  ].join('\n\n')}\n`;
}

/** Of another base, against the base that was used. */
function delta(row: QuickviewRow, rows: readonly QuickviewRow[]): string {
  const base = rows.find(({ kind }) => kind === 'base');
  if (base === undefined || row.kind === 'target' || row.kind === 'base') return '';
  if (isUnjudged(row) || isUnjudged(base)) return 'not known';
  const sum = ({ findings }: QuickviewRow): number =>
    severities.reduce((total, one) => total + findings[one], 0);
  const change = sum(row) - sum(base);
  return change === 0 ? 'as many' : change > 0 ? `${change} more` : `${-change} fewer`;
}
