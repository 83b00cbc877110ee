// What the sentinel says of a move of a tag, as the page says it: a line for each rule that found something, and one
// for each that could not judge. A rule that is silent was asked and found nothing.
import type { ShownJudgement } from '../judgement.ts';
import { printable } from '../printable.ts';
import { outcomeMark } from '../style.ts';
import type { Sink } from '../world.ts';
import { wrap } from '../wrap.ts';

/** Lines to stand below what was judged, set in by two spaces. */
export function formatJudgement({ suspicions, unknowns }: ShownJudgement, sink: Sink): readonly string[] {
  const said = [
    ...suspicions.map(({ rule, why }) => ['fail', `suspicious: ${why} [${rule}]`] as const),
    ...unknowns.map(({ where, why }) => ['unknown', `not judged: ${why} [${where}]`] as const),
  ];
  return said.flatMap(([outcome, text]) =>
    wrap(printable(text), sink.columns - 4).map((line, at) =>
      at === 0 ? `  ${outcomeMark(sink, outcome)} ${line}` : `    ${line}`,
    ),
  );
}
