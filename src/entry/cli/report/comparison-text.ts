// A comparison as a person reads it in a terminal: answer, what moved, evidence; fits 80 columns.

import type { Comparison, FindingNote, PackageChange } from '../../../engines/compare/comparison.ts';
import { sumCves } from '../../../engines/compare/cve.ts';
import { describeFilter } from '../../../engines/compare/filter.ts';
import { compareSizes } from '../../../engines/compare/size.ts';
import { formatScore } from '../../../engines/policy/score.ts';
import { formatSize } from '../../../kit/bytes.ts';
import { printable } from '../printable.ts';
import { loadLineMark, outcomeMark, type Paint, paint, severityWord } from '../style.ts';
import { formatTable } from '../table.ts';
import type { Sink } from '../world.ts';
import { wrap } from '../wrap.ts';
import {
  describeBase,
  describeExploited,
  describeJudged,
  describeKnown,
  describeOutcome,
  describeTrend,
  shortName,
} from './comparison-words.ts';
import { plural } from './text.ts';

export interface ComparisonTextOptions {
  readonly isPolicyHidden: boolean;
  readonly isUnchangedHidden: boolean;
}

/** Rows of each list; `--format json` has all. */
const ROWS = 25;

export function formatComparisonText(
  comparison: Comparison,
  sink: Sink,
  options: ComparisonTextOptions,
): string {
  const blocks = [
    heading(comparison, sink),
    overview(comparison, sink),
    ...(options.isPolicyHidden ? [] : [policies(comparison, sink)]),
    ...findings(comparison, sink, options),
    ...packages(comparison, sink),
    ...configuration(comparison, sink),
    ...gaps(comparison, sink),
    next(comparison, sink),
  ].filter((lines) => lines.length > 0);
  return `${blocks.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

function heading({ before, after, answer, summary, filter }: Comparison, sink: Sink): string[] {
  const title = answer.charAt(0).toUpperCase() + answer.slice(1);
  const only = filter === undefined ? undefined : describeFilter(filter);
  return [
    `${loadLineMark(sink, after.outcome)} ${paint(sink, 'bold', title)}`,
    ...[summary, ...(only === undefined ? [] : [only])]
      .flatMap((text) => wrap(printable(text), sink.columns - 3))
      .map((line) => `   ${line}`),
    paint(sink, 'dim', `   ${printable(after.reference)}`),
    paint(sink, 'dim', `   against ${printable(before.reference)}`),
  ];
}

function overview(comparison: Comparison, sink: Sink): string[] {
  const { before, after } = comparison;
  const rows = [
    ['', shortName(before.reference), shortName(after.reference)],
    ['Verdict', describeOutcome(before), describeOutcome(after)],
    ...(before.score === undefined || after.score === undefined
      ? []
      : [['Health score', formatScore(before.score), formatScore(after.score)]]),
    ['Known CVEs', describeKnown(before), describeKnown(after)],
    ...(before.exploited + after.exploited === 0
      ? []
      : [['Exploited', describeExploited(before), describeExploited(after)]]),
    ['Packages', String(before.packages), String(after.packages)],
    sizes(comparison),
    ['Judged', describeJudged(before), describeJudged(after)],
    [
      'Layers',
      String(comparison.layers.before),
      `${comparison.layers.after}, ${comparison.layers.shared} shared`,
    ],
  ];
  const [was, is] = [describeBase(before, plain), describeBase(after, plain)];
  const base = wrap(printable(was === is ? `Base: ${is}` : `Base: ${was} → ${is}`), sink.columns - 3);
  return [...formatTable(rows, [{}, {}, { isFlexible: true }], sink.columns - 3), ...base].map(
    (line) => `   ${line}`,
  );
}

/** Which size it is stands with it only where it is not the usual one. */
function sizes({ before, after }: Comparison): readonly string[] {
  const size = compareSizes(before, after);
  const words = (bytes: number | undefined): string =>
    bytes === undefined ? 'not known' : formatSize(bytes);
  const { change = 0 } = size;
  const moved = change === 0 ? '' : `, ${formatSize(Math.abs(change))} ${change > 0 ? 'more' : 'less'}`;
  return [
    size.measure === 'compressed' ? 'Size' : 'Size, unpacked',
    words(size.before),
    `${words(size.after)}${moved}`,
  ];
}

function plain(text: string): string {
  return text;
}

const TREND_PAINTS: Readonly<Record<string, Paint>> = Object.freeze({ better: 'green', worse: 'red' });

function policies({ rules }: Comparison, sink: Sink): string[] {
  return rules.flatMap(({ title, trend, before, after }) => {
    const text = describeTrend(trend, before?.outcome, after?.outcome);
    const mark = outcomeMark(sink, (after ?? before)?.outcome ?? 'unknown');
    const state = [before?.label ?? 'not asked', after?.label ?? 'not asked'];
    const words = state[0] === state[1] ? (state[0] as string) : state.join(' → ');
    return [
      `  ${mark} ${printable(title)}  ${paint(sink, TREND_PAINTS[text] ?? 'dim', text)}`,
      paint(sink, 'dim', `    ${printable(words)}`),
    ];
  });
}

function findings(
  { findings: { introduced, fixed, unchanged, unjudged } }: Comparison,
  sink: Sink,
  options: ComparisonTextOptions,
): string[][] {
  return [
    list(`New here: ${plural(sumCves(introduced), 'CVE')}`, introduced, sink),
    list(`Fixed here: ${plural(sumCves(fixed), 'CVE')}`, fixed, sink),
    list(`No longer judged: ${plural(sumCves(unjudged), 'CVE')}`, unjudged, sink),
    options.isUnchangedHidden || unchanged.length === 0
      ? []
      : [paint(sink, 'dim', `In both: ${plural(sumCves(unchanged), 'CVE')}`)],
  ];
}

function list(title: string, notes: readonly FindingNote[], sink: Sink): string[] {
  if (notes.length === 0) return [];
  const rows = notes
    .slice(0, ROWS)
    .map((note) => [
      ` ${severityWord(sink, note.severity)}`,
      note.isExploited ? `${note.id} (exploited)` : note.id,
      `${note.name} ${note.version}`,
      note.fixedVersion === undefined ? paint(sink, 'dim', 'no fix') : `→ ${note.fixedVersion}`,
    ]);
  return [
    paint(sink, 'bold', title),
    ...formatTable(rows, [{}, {}, { isFlexible: true }, {}], sink.columns),
    ...more(notes.length, sink),
  ];
}

function more(count: number, sink: Sink): string[] {
  return count > ROWS ? [paint(sink, 'dim', `  and ${count - ROWS} more`)] : [];
}

const SIGNS = { added: '+', removed: '-', changed: '~' } as const;

function packages({ packages: { changes, unchanged } }: Comparison, sink: Sink): string[][] {
  if (changes.length === 0) return [];
  const rows = changes
    .slice(0, ROWS)
    .map((change) => [` ${SIGNS[change.kind]}`, change.type, name(change), versions(change)]);
  const title = `${plural(changes.length, 'package')} differ${changes.length === 1 ? 's' : ''}, ${unchanged} do not`;
  return [
    [
      paint(sink, 'bold', title),
      ...formatTable(rows, [{}, {}, { isFlexible: true }, {}], sink.columns),
      ...more(changes.length, sink),
    ],
  ];
}

function name({ name: own, path }: PackageChange): string {
  return path === undefined ? own : `${own} in /${path}`;
}

function versions({ kind, before, after }: PackageChange): string {
  const words = (texts: readonly string[]): string =>
    texts.filter((text) => text !== '').join(', ') || 'no version';
  if (kind === 'added') return words(after);
  return kind === 'removed' ? words(before) : `${words(before)} → ${words(after)}`;
}

function configuration({ configuration: changes }: Comparison, sink: Sink): string[][] {
  if (changes.length === 0) return [];
  const rows = changes
    .slice(0, ROWS)
    .map((change) => [` ${change.name}`, `${change.before ?? 'absent'} → ${change.after ?? 'absent'}`]);
  return [
    [
      paint(sink, 'bold', `Configuration: ${plural(changes.length, 'change')}`),
      ...formatTable(rows, [{}, { isFlexible: true }], sink.columns),
      ...more(changes.length, sink),
    ],
  ];
}

function gaps({ newGaps }: Comparison, sink: Sink): string[][] {
  if (newGaps.length === 0) return [];
  const lines = newGaps
    .slice(0, 5)
    .flatMap((gap) => wrap(printable(`◌ ${gap.name} ${gap.version}: ${gap.why}`), sink.columns - 2));
  return [[paint(sink, 'bold', 'Not judged, and new here'), ...lines.map((line) => `  ${line}`)]];
}

function next({ before, after }: Comparison, sink: Sink): string[] {
  const line = `plimsoll compare ${after.reference} --to ${before.reference} --format markdown`;
  return [`${paint(sink, 'dim', 'Next:')} ${printable(line)}`];
}
