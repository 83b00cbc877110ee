// How a comparison names the state of one image: the same words as the terminal's and the comment's, which a test
// holds beside these. What became of the image (answer and summary) is the server's sentence and is never made here.
import type { ComparedSide, Comparison } from '../../src/entry/http/contract-comparison.ts';
import { formatCount, formatPlural } from './format.ts';

/** `over the line, 2 of 9 rules not met`. */
export function formatOutcome({ outcome, rules }: Pick<ComparedSide, 'outcome' | 'rules'>): string {
  const { fail, unknown, total } = rules;
  const also = unknown > 0 ? `, ${unknown} not known` : '';
  if (outcome === 'fail') return `over the line, ${fail} of ${total} rules not met${also}`;
  return outcome === 'pass' ? 'within the line' : `not known, ${unknown} of ${total} rules not judged`;
}

/** `113 of 118 packages, 1 place not read`. */
export function formatJudged(
  { judged, packages, unknowns }: Pick<ComparedSide, 'judged' | 'packages' | 'unknowns'>,
  locale?: string,
): string {
  const unread = unknowns === 0 ? '' : `, ${formatPlural(unknowns, 'place', 'places', locale)} not read`;
  return `${formatCount(judged, locale)} of ${formatCount(packages, locale)} packages${unread}`;
}

/** `B (83.3 %)`; what it hides has to stand beside it. */
export function formatScore(
  { grade, percent }: Pick<NonNullable<ComparedSide['score']>, 'grade' | 'percent'>,
  locale?: string,
): string {
  return `${grade} (${new Intl.NumberFormat(locale, { maximumFractionDigits: 1 }).format(percent)} %)`;
}

type Judged = Pick<ComparedSide, 'judged' | 'packages'>;

/** Whether no feed could judge any of its packages: then none of its numbers of CVEs says anything. */
export function isUnjudged({ judged, packages }: Judged): boolean {
  return judged === 0 && packages > 0;
}

/** `1 fixed, 2 new, 3 no longer judged`; what is no longer judged is not fixed. */
export function formatFindingChange({
  fixed,
  introduced,
  unjudged,
}: Readonly<Record<'fixed' | 'introduced' | 'unjudged', { readonly cves: number }>>): string {
  const lost = unjudged.cves === 0 ? '' : `, ${formatCount(unjudged.cves)} no longer judged`;
  if (fixed.cves + introduced.cves + unjudged.cves === 0) return 'the same';
  return `${formatCount(fixed.cves)} fixed, ${formatCount(introduced.cves)} new${lost}`;
}

/** How a rule's answer moved; what was not met and is not known now is no better that anybody knows of. */
export function formatTrend({
  trend,
  before,
  after,
}: Pick<Comparison['rules'][number], 'trend' | 'before' | 'after'>): string {
  if (before?.outcome === 'fail' && after?.outcome === 'unknown') return 'not known';
  return trend === 'same' ? 'the same' : trend;
}
