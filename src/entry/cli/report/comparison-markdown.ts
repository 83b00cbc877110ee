// A comparison as the comment of a pull request: the answer, a table of before and after, what is fixed and what
// is new, then the evidence collapsed. The order and tone of the product's page.

import type { Comparison, FindingNote, RuleChange, Side } from '../../../engines/compare/comparison.ts';
import { isUnjudged, sumCves } from '../../../engines/compare/cve.ts';
import { describeFilter } from '../../../engines/compare/filter.ts';
import { compareSizes } from '../../../engines/compare/size.ts';
import { formatScore } from '../../../engines/policy/score.ts';
import { shortDigest } from '../../../formats/oci/digest.ts';
import { formatSize } from '../../../kit/bytes.ts';
import { formatPackageChanges } from './comparison-packages.ts';
import {
  describeBase,
  describeExploited,
  describeJudged,
  describeKnown,
  describeOutcome,
  describeTrend,
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
    ...hidden(comparison),
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
    [
      'Verdict',
      verdict(before),
      `**${verdict(after)}**`,
      describeTrend(comparison.trend, before.outcome, after.outcome),
    ],
    score(comparison),
    ['Known CVEs', describeKnown(before), `**${describeKnown(after)}**`, moved(comparison)],
    before.exploited + after.exploited > 0
      ? [
          'Known to be exploited',
          describeExploited(before),
          `**${describeExploited(after)}**`,
          difference(before, after),
        ]
      : undefined,
    ['Packages', String(before.packages), `**${after.packages}**`, packages(comparison)],
    sizes(comparison),
    [
      'Base',
      baseWords(before),
      `**${baseWords(after)}**`,
      { unknown: '', same: 'the same', rebuilt: 'rebuilt', changed: 'changed' }[comparison.base],
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
  return ['Health score', formatScore(before.score), `**${formatScore(after.score)}**`, ''];
}

/** What the letter does not show, in a line of its own: in the table it would make the row taller than a phone. */
function hidden({ before, after }: Comparison): string[] {
  const hides = before.score === undefined ? undefined : after.score?.hides[0];
  return hides === undefined ? [] : [`What the score hides: ${escapeText(hides)}.`];
}

function moved({ findings: { introduced, fixed, unjudged } }: Comparison): string {
  const lost = unjudged.length === 0 ? '' : `, ${sumCves(unjudged)} no longer judged`;
  if (introduced.length === 0 && fixed.length === 0 && lost === '') return 'the same';
  return `${sumCves(fixed)} fixed, ${sumCves(introduced)} new${lost}`;
}

function difference(before: Side, after: Side): string {
  if (isUnjudged(before) || isUnjudged(after)) return '';
  const more = after.exploited - before.exploited;
  return more === 0 ? 'the same' : `${Math.abs(more)} ${more > 0 ? 'more' : 'fewer'}`;
}

function packages({ packages: { changes } }: Comparison): string {
  if (changes.length === 0) return 'the same';
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
    // A label is the image's own word: only what is a commit is shown as a link.
    return uri === undefined || !/^[0-9a-f]{7,64}$/.test(commit)
      ? code(commit.slice(0, 12))
      : link(commit.slice(0, 12), `${uri.replace(/\.git$/, '')}/commit/${commit}`);
  };
  const [old, now] = [words(before), words(after)];
  return old === '' && now === '' ? undefined : ['Built from', old, now, ''];
}

function named({ findings: { fixed, introduced, unjudged } }: Comparison): string {
  const lost = unjudged.length === 0 ? '' : ` **No longer judged**: ${list(unjudged)}.`;
  return `**Fixed here**: ${list(fixed)}. **New here**: ${list(introduced)}.${lost}`;
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
  const trends = rules.map((rule) => describeTrend(rule.trend, rule.before?.outcome, rule.after?.outcome));
  const told = rules.map(({ after }, index) =>
    after?.outcome === 'unknown' && trends[index] !== 'worse' ? 'not known' : trends[index],
  );
  const count = (word: string): number => told.filter((one) => one === word).length;
  const parts = [
    ...(count('worse') > 0 ? [`${count('worse')} worse`] : []),
    ...(count('better') > 0 ? [`${count('better')} better`] : []),
    ...(count('the same') > 0 ? [`${count('the same')} the same`] : []),
    ...(count('not known') > 0 ? [`${count('not known')} not known`] : []),
  ];
  const rows = rules.map((rule, index) => [
    ruleMarks(rule),
    escapeText(rule.title),
    rule.before === undefined ? 'not asked' : escapeText(rule.before.label),
    rule.after === undefined ? 'not asked' : escapeText(rule.after.label),
    trends[index] as string,
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
    advisories === undefined || isUnjudged(after)
      ? 'no advisories judged it'
      : `advisories of ${advisories.oldestAt.slice(0, 16).replace('T', ' ')} UTC`;
  return [
    `<code>sha256:${shortDigest(after.digest)}</code> against <code>sha256:${shortDigest(before.digest)}</code>${platform} · ${age}`,
    `replay: ${code(`plimsoll compare ${argument(after)} --to ${argument(before)}`)}`,
  ].join(' · ');
}

/** Quoted where a shell would read more in it than a name: the line is there to be copied. */
function argument({ reference }: Side): string {
  return /^[\w@%+=:,./-]+$/.test(reference) ? reference : `'${reference.replaceAll("'", "'\\''")}'`;
}
