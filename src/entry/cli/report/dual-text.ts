// Old and new verdicts as a person reads them: whether they agree, what changed since the last run, the tags that
// differ with the reason, then all of them.
import type { Agreement } from '../../../engines/dct/agreement.ts';
import type { DualChange, DualState } from '../../../engines/dct/dual-report.ts';
import type { Outcome } from '../../../engines/policy/verdict.ts';
import { printable } from '../printable.ts';
import type { ShownDual, ShownDualTag } from '../shown-dual.ts';
import { outcomeMark, paint } from '../style.ts';
import { formatTable } from '../table.ts';
import type { Sink } from '../world.ts';
import { wrap } from '../wrap.ts';
import { plural } from './text.ts';

const WORDS: Readonly<Record<Agreement, string>> = Object.freeze({
  lost: 'no longer let in',
  gained: 'let in only now',
  moved: 'another digest',
  unknown: 'not known',
  same: 'same',
});
const MARKS: Readonly<Record<Agreement, Outcome>> = Object.freeze({
  lost: 'fail',
  gained: 'fail',
  moved: 'fail',
  unknown: 'unknown',
  same: 'pass',
});

export function formatDualText(shown: ShownDual, sink: Sink): string {
  const blocks = [heading(shown, sink), changes(shown, sink), tags(shown, sink), reasons(shown, sink)];
  return blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => `${lines.join('\n')}\n`)
    .join('\n');
}

function heading(shown: ShownDual, sink: Sink): readonly string[] {
  const { repository, place, policy, judgedAt, comparedAt, trustedRoots, tags: rows } = shown;
  const same = rows.filter(({ agreement }) => agreement === 'same').length;
  const open = rows.filter(({ agreement }) => agreement === 'unknown').length;
  const outcome =
    shown.isArchiveSound && same === rows.length && same > 0
      ? 'pass'
      : shown.isArchiveSound && same + open === rows.length
        ? 'unknown'
        : 'fail';
  return [
    paint(sink, 'bold', printable(`Content Trust of ${repository} beside ${policy} on ${place}`)),
    rows.length === 0
      ? `${outcomeMark(sink, 'unknown')} nothing is compared: no tag of the archive could be believed, and plimsoll dct verify says why`
      : `${outcomeMark(sink, outcome)} old and new verdicts agree on ${same} of ${plural(rows.length, 'tag')}`,
    ...(shown.isArchiveSound
      ? []
      : [`${outcomeMark(sink, 'fail')} the archive does not hold as a whole; plimsoll dct verify says why`]),
    `old verdicts as of ${judgedAt}, new ones as of ${comparedAt}`,
    paint(sink, 'dim', printable(`judged by ${trustedRoots.join(', ') || 'no trusted root'}`)),
  ];
}

function changes({ since }: ShownDual, sink: Sink): readonly string[] {
  if (since === undefined) return [];
  return [
    paint(sink, 'bold', printable(`Since ${since.comparedAt}`)),
    ...(since.changes.length === 0 ? ['nothing changed'] : since.changes.map(describeChange)),
  ];
}

function describeChange({ tag, from, to }: DualChange): string {
  const said = (state: DualState): string =>
    `${WORDS[state.agreement]} (${state.digest === undefined ? 'no digest' : shorten(state.digest)})`;
  if (from === undefined) return printable(`${tag}: new, ${to === undefined ? '' : said(to)}`);
  if (to === undefined) return printable(`${tag}: not in the archive any more, was ${said(from)}`);
  return printable(`${tag}: was ${said(from)}, is ${said(to)}`);
}

function tags({ tags: rows }: ShownDual, sink: Sink): readonly string[] {
  if (rows.length === 0) return [];
  const [head = '', ...lines] = formatTable(
    [
      ['', 'TAG', 'CONTENT TRUST', 'POLICY', 'VERDICTS'],
      ...rows.map(({ tag, agreement, old, new: today }) => [
        outcomeMark(sink, MARKS[agreement]),
        tag,
        describe(old),
        describe(today),
        WORDS[agreement],
      ]),
    ],
    [{}, {}, {}, {}, { isFlexible: true }],
    sink.columns,
  );
  return [paint(sink, 'dim', head), ...lines];
}

function describe({ outcome, digest }: Pick<ShownDualTag['new'], 'outcome' | 'digest'>): string {
  const word = { passed: 'lets in', failed: 'refuses', unknown: 'not known' }[outcome];
  return digest === undefined ? word : `${word} ${shorten(digest)}`;
}

function reasons({ tags: rows }: ShownDual, sink: Sink): readonly string[] {
  return rows.flatMap(({ tag, agreement, old, new: today }) => {
    if (agreement === 'same') return [];
    const isMoved = old.digest !== undefined && today.digest !== undefined && old.digest !== today.digest;
    const why = [
      ...(isMoved ? [`Content Trust signed ${old.digest}, and the registry has ${today.digest}`] : []),
      ...(old.why === undefined ? [] : [`Content Trust: ${old.why}`]),
      ...today.whys.map((one) => `policy: ${one}`),
    ];
    return why.flatMap((one) =>
      wrap(printable(`${tag}: ${one}`), Math.max(20, sink.columns - 2)).map((line, at) =>
        at === 0 ? `${outcomeMark(sink, MARKS[agreement])} ${line}` : `  ${line}`,
      ),
    );
  });
}

/** Twelve digits, as docker shows them. */
function shorten(digest: string): string {
  return digest.replace(/^sha256:/, '').slice(0, 12);
}
