// A comparison as the comment of a pull request: the answer, a table of before and after, what is fixed and what
// is new, then the evidence collapsed. The order and tone of the product's page.

import type { Comparison, FindingNote, RuleChange, Side } from '../../../engines/compare/comparison.ts';
import { describeFilter } from '../../../engines/compare/filter.ts';
import { compareSizes } from '../../../engines/compare/size.ts';
import { formatScore } from '../../../engines/policy/score.ts';
import { shortDigest } from '../../../formats/oci/digest.ts';
import { formatSize } from '../../../kit/bytes.ts';
import { formatPackageChanges } from './comparison-packages.ts';
import {
  describeBase,
  describeCounts,
  describeJudged,
  describeOutcome,
  shortName,
} from './comparison-words.ts';
import { code, details, escapeText, link, table } from './gfm.ts';
import { plural } from './text.ts';

export interface ComparisonMarkdownOptions {
  readonly isPolicyHidden?: boolean;
  /** Leaves the packages out that did not change for the CVEs. */
  readonly isUnchangedHidden?: boolean;
}

const MARKS = { pass: '●', fail: '▲', unknown: '◌' } as const;
/** Vulnerabilities named in the two lines before the evidence. */
const NAMED = 6;
const ROWS = 200;

export function formatComparisonMarkdown(
  comparison: Comparison,
  options: ComparisonMarkdownOptions = {},
): string {
  const blocks = [
    `### Plimsoll: ${escapeText(comparison.answer)}`,
    escapeText(comparison.summary),
    overview(comparison),
    named(comparison),
    ...note(comparison),
    ...(options.isPolicyHidden === true ? [] : policies(comparison)),
    ...formatPackageChanges(comparison, options.isUnchangedHidden === true),
    ...labels(comparison),
    ...configuration(comparison),
    ...gaps(comparison),
    footer(comparison),
  ];
  return `${blocks.join('\n\n')}\n`;
}

function overview(comparison: Comparison): string {
  const { before, after } = comparison;
  const rows: readonly (readonly string[] | undefined)[] = [
    ['Verdict', verdict(before), `**${verdict(after)}**`, comparison.trend],
    score(comparison),
    ['Known CVEs', counts(before), `**${counts(after)}**`, moved(comparison)],
    before.exploited + after.exploited > 0
      ? [
          'Known to be exploited',
          String(before.exploited),
          `**${after.exploited}**`,
          difference(before.exploited, after.exploited),
        ]
      : undefined,
    ['Packages', String(before.packages), `**${after.packages}**`, packages(comparison)],
    sizes(comparison),
    [
      'Base',
      baseWords(before),
      `**${baseWords(after)}**`,
      comparison.base === 'unknown' ? '' : comparison.base,
    ],
    ['Judged', describeJudged(before), describeJudged(after), ''],
    revision(comparison),
  ];
  return table(
    ['', code(shortName(before.reference)), code(shortName(after.reference)), ''],
    rows.filter((row) => row !== undefined),
  );
}

function verdict(side: Side): string {
  return `${MARKS[side.outcome]} ${describeOutcome(side)}`;
}

function score({ before, after }: Comparison): readonly string[] | undefined {
  if (before.score === undefined || after.score === undefined) return undefined;
  const hides = after.score.hides[0];
  return [
    'Health score',
    formatScore(before.score),
    `**${formatScore(after.score)}**`,
    hides === undefined ? '' : escapeText(hides),
  ];
}

function counts({ findings }: Side): string {
  return describeCounts(findings);
}

function moved({ findings: { introduced, fixed } }: Comparison): string {
  if (introduced.length === 0 && fixed.length === 0) return 'the same';
  return `${fixed.length} fixed, ${introduced.length} new`;
}

function difference(before: number, after: number): string {
  if (before === after) return 'the same';
  return after > before ? `${after - before} more` : `${before - after} fewer`;
}

function packages({ packages: { changes } }: Comparison): string {
  const count = (kind: string): number => changes.filter((change) => change.kind === kind).length;
  return `${count('removed')} fewer, ${count('added')} more, ${count('changed')} changed`;
}

function sizes({ before, after }: Comparison): readonly string[] {
  const size = compareSizes(before, after);
  const words = (bytes: number | undefined): string =>
    bytes === undefined ? 'not known' : formatSize(bytes);
  const moved =
    size.change === undefined
      ? ''
      : size.change === 0
        ? 'the same'
        : `${formatSize(Math.abs(size.change))} ${size.change > 0 ? 'more' : 'less'}`;
  return [`Size, ${size.measure}`, words(size.before), `**${words(size.after)}**`, moved];
}

/** With its digest: of a base that was rebuilt the name says nothing. */
function baseWords(side: Side): string {
  const { reference, digest } = side.base ?? {};
  const isTold = digest === undefined || reference === undefined || reference.includes('@');
  return describeBase(side, (name) =>
    isTold ? code(name) : `${code(name)} (${code(`sha256:${shortDigest(digest)}`)})`,
  );
}

function revision({ before, after }: Comparison): readonly string[] | undefined {
  const words = ({ source }: Side): string => {
    const { uri, revision: commit } = source ?? {};
    if (commit === undefined) return '';
    return uri === undefined
      ? code(commit.slice(0, 12))
      : link(commit.slice(0, 12), `${uri.replace(/\.git$/, '')}/commit/${commit}`);
  };
  const [old, now] = [words(before), words(after)];
  return old === '' && now === '' ? undefined : ['Built from', old, now, ''];
}

function named({ findings: { fixed, introduced } }: Comparison): string {
  return `**Fixed here**: ${list(fixed)}. **New here**: ${list(introduced)}.`;
}

/** One entry per vulnerability, with the packages that have it. */
function list(notes: readonly FindingNote[]): string {
  const byId = [...Map.groupBy(notes, ({ id }) => id).values()];
  if (byId.length === 0) return 'none';
  const told = byId.slice(0, NAMED).map((group) => {
    const [first] = group as [FindingNote];
    const names = [...new Set(group.map(({ name }) => code(name)))];
    const more = names.length > 2 ? ` and ${names.length - 2} more` : '';
    const word = first.severity === 'unknown' ? 'not rated' : first.severity;
    const exploited = first.isExploited ? ', exploited' : '';
    return `${link(first.id, first.url)} (${word}${exploited}, ${names.slice(0, 2).join(', ')}${more})`;
  });
  return byId.length > NAMED ? `${told.join(', ')}, and ${byId.length - NAMED} more` : told.join(', ');
}

function note({ filter }: Comparison): string[] {
  const words = filter === undefined ? undefined : describeFilter(filter);
  return words === undefined ? [] : [`${escapeText(words)} The rules judge all of them.`];
}

function policies({ rules }: Comparison): string[] {
  if (rules.length === 0) return [];
  const count = (trend: string): number => rules.filter((rule) => rule.trend === trend).length;
  const unknown = rules.filter(({ after }) => after?.outcome === 'unknown').length;
  const parts = [
    ...(count('worse') > 0 ? [`${count('worse')} worse`] : []),
    ...(count('better') > 0 ? [`${count('better')} better`] : []),
    `${count('same')} the same`,
    ...(unknown > 0 ? [`${unknown} not known`] : []),
  ];
  const rows = rules.map((rule) => [
    ruleMarks(rule),
    escapeText(rule.title),
    rule.before === undefined ? 'not asked' : escapeText(rule.before.label),
    rule.after === undefined ? 'not asked' : escapeText(rule.after.label),
    rule.trend,
    rule.after === undefined || rule.after.outcome === 'pass' ? '' : escapeText(rule.after.reason),
  ]);
  return [details(`Policies: ${parts.join(', ')}`, table(['', 'rule', 'before', 'after', '', 'why'], rows))];
}

function ruleMarks({ before, after }: RuleChange): string {
  const marks = [before, after].flatMap((state) => (state === undefined ? [] : [MARKS[state.outcome]]));
  return [...new Set(marks)].join('→');
}

function labels({ configuration: changes }: Comparison): string[] {
  const rows = changes
    .filter(({ group }) => group === 'label')
    .map((change) => [code(change.name.replace(/^Label /, '')), value(change.before), value(change.after)]);
  if (rows.length === 0) return [];
  return [
    details(
      `Labels: ${plural(rows.length, 'change')}`,
      table(['label', 'before', 'after'], rows.slice(0, ROWS)),
    ),
  ];
}

function value(text: string | undefined): string {
  return text === undefined ? 'absent' : code(text.length > 200 ? `${text.slice(0, 200)}…` : text);
}

function configuration({ configuration: changes, layers }: Comparison): string[] {
  const rows = changes
    .filter(({ group }) => group !== 'label')
    .map((change) => [code(change.name), value(change.before), value(change.after)]);
  const shared =
    layers.shared === 0
      ? 'none shared'
      : `the lowest ${layers.shared === 1 ? '' : `${layers.shared} `}shared`;
  const lines = [
    ...(rows.length === 0
      ? ['The configuration is the same.']
      : [table(['member', 'before', 'after'], rows.slice(0, ROWS))]),
    `${plural(layers.before, 'layer')} → ${layers.after}, ${shared}.`,
  ];
  return [
    details(
      rows.length === 0 ? 'Layers' : `Configuration (${plural(rows.length, 'change')}) and layers`,
      lines.join('\n\n'),
    ),
  ];
}

function gaps({ newGaps }: Comparison): string[] {
  if (newGaps.length === 0) return [];
  const rows = newGaps
    .slice(0, ROWS)
    .map(({ name, version, why }) => [`${code(name)} ${escapeText(version)}`, escapeText(why)]);
  return [
    details(
      `Not judged, and new here: ${plural(newGaps.length, 'package')}`,
      table(['package', 'why'], rows),
    ),
  ];
}

function footer({ before, after, advisories }: Comparison): string {
  const platform = after.platform === undefined ? '' : `, ${escapeText(after.platform)}`;
  const age =
    advisories === undefined
      ? 'no advisories'
      : `advisories of ${advisories.oldestAt.slice(0, 16).replace('T', ' ')} UTC`;
  return [
    `<code>sha256:${shortDigest(after.digest)}</code> against <code>sha256:${shortDigest(before.digest)}</code>${platform} · ${age}`,
    `replay: ${code(`plimsoll compare ${after.reference} --to ${before.reference}`)}`,
  ].join(' · ');
}
