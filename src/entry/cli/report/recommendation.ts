// What another base would do, in the terminal and as Markdown: the line to write first, then what it changes.

import { isUnjudged, sumCves } from '../../../engines/compare/cve.ts';
import { compareSizes } from '../../../engines/compare/size.ts';
import { formatSize } from '../../../kit/bytes.ts';
import { printable } from '../printable.ts';
import type { Recommendation, Recommendations } from '../recommend.ts';
import { paint } from '../style.ts';
import type { Sink } from '../world.ts';
import { wrap } from '../wrap.ts';
import { countKnown, describeBase, describeKnown } from './comparison-words.ts';
import { code, escapeText, table } from './gfm.ts';
import { plural } from './text.ts';

const TITLES: Readonly<Record<Recommendation['kind'], string>> = Object.freeze({
  refresh: 'Refresh: the same tag as it is now',
  minor: 'Update: newer of the same major version',
  major: 'Update: the newest version',
  slim: 'Update: the slim variant',
});

export function formatRecommendationsText(found: Recommendations, sink: Sink): string {
  const blocks = [
    [`${paint(sink, 'bold', 'Base')}  ${baseWords(found, (text) => printable(text))}`],
    ...found.list.map((one) => [
      paint(sink, 'bold', TITLES[one.kind]),
      `  ${paint(sink, 'cyan', printable(one.from))}`,
      ...wrap(printable(effect(one)), sink.columns - 2).map((line) => `  ${line}`),
    ]),
    ...(found.list.length === 0 && found.baseReport !== undefined
      ? [['Nothing newer is there: the base is what its tags offer.']]
      : []),
    ...(found.unknowns.length === 0
      ? []
      : [found.unknowns.flatMap((why) => wrap(printable(`◌ ${why}`), sink.columns))]),
  ];
  return `${blocks.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

export function formatRecommendationsMarkdown(found: Recommendations): string {
  const rows = found.list.map((one) => [
    escapeText(TITLES[one.kind]),
    code(one.from),
    escapeText(effect(one)),
  ]);
  return `${[
    '### Plimsoll: the base image',
    `Built upon ${baseWords(found, code)}.`,
    ...(rows.length > 0
      ? [table(['', 'write', 'the base then'], rows)]
      : found.baseReport === undefined
        ? []
        : ['Nothing newer is there: the base is what its tags offer.']),
    ...found.unknowns.map((why) => `◌ ${escapeText(why)}`),
  ].join('\n\n')}\n`;
}

function baseWords({ base, baseReport }: Recommendations, quote: (text: string) => string): string {
  if (base === undefined) return 'not known';
  const words = describeBase({ base }, quote);
  if (baseReport === undefined) return words;
  const { subject } = baseReport;
  const size = subject.sizeBytes === undefined ? '' : `, ${formatSize(subject.sizeBytes)}`;
  return `${words}: ${describeKnown(countKnown(baseReport))}${size}`;
}

/** What changes with it, in one sentence: CVEs of the base that go and come, packages, size. */
function effect({ comparison }: Recommendation): string {
  const { findings, packages, before, after } = comparison;
  const { change } = compareSizes(before, after);
  const size =
    change === undefined || change === 0
      ? 'the same size'
      : `${formatSize(Math.abs(change))} ${change > 0 ? 'larger' : 'smaller'}`;
  const cves =
    isUnjudged(before) || isUnjudged(after)
      ? 'CVEs not known'
      : `${plural(sumCves(findings.fixed), 'CVE')} fewer, ${sumCves(findings.introduced)} more (${describeKnown(after)} left)`;
  return (
    `${cves}, ` +
    `${plural(after.packages, 'package')} instead of ${before.packages}, ${packages.changes.length} of them differ, ${size}.`
  );
}
