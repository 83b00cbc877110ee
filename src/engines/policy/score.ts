// Docker Scout's health score: the weight of the rules that are met, of the weight of all, as a letter. Kept
// for those who report it; what it cannot show stands beside it. The load line is what Plimsoll goes by.
import type { RuleVerdict, Score } from './verdict.ts';

export type ScoredRule = Pick<RuleVerdict, 'title' | 'outcome' | 'excess' | 'weight'>;

/** Scout's, for a rule that has none. */
const DEFAULT_WEIGHT = 10;
/** Better than this many percent; a score on the boundary has the lower letter. */
const GRADES = [
  ['A', 90],
  ['B', 70],
  ['C', 50],
  ['D', 30],
  ['E', 10],
] as const;

/** Undefined where every rule weighs 0. */
export function computeScore(rules: readonly ScoredRule[]): Score | undefined {
  const weighed = rules.map((rule) => ({ rule, weight: weightOf(rule) })).filter(({ weight }) => weight > 0);
  const total = weighed.reduce((sum, { weight }) => sum + weight, 0);
  if (total === 0) return undefined;
  const met = weighed.reduce((sum, { rule, weight }) => (rule.outcome === 'pass' ? sum + weight : sum), 0);
  const percent = (met * 100) / total;
  const grade = GRADES.find(([, above]) => percent > above)?.[0] ?? 'F';
  return { grade, percent, hides: listHidden(rules) };
}

/** `B (83.3 %)`. */
export function formatScore({ grade, percent }: Score): string {
  return `${grade} (${percent.toLocaleString('en', { maximumFractionDigits: 1 })} %)`;
}

function weightOf({ weight = DEFAULT_WEIGHT }: ScoredRule): number {
  return weight > 0 && Number.isFinite(weight) ? weight : 0;
}

function listHidden(rules: readonly ScoredRule[]): readonly string[] {
  const counted = rules.filter((rule) => weightOf(rule) > 0);
  const unknown = counted.filter(({ outcome }) => outcome === 'unknown').length;
  const many = counted.filter(({ outcome, excess }) => outcome === 'fail' && excess > 1);
  const left = rules.filter((rule) => weightOf(rule) === 0);
  return [
    ...(unknown === 0
      ? []
      : [
          `${unknown} ${unknown === 1 ? 'rule could not be judged and counts' : 'rules could not be judged and count'} as not met`,
        ]),
    ...many.map(
      ({ title, excess }) => `“${title}” is broken ${excess} times and would weigh the same broken once`,
    ),
    ...left.map(({ title, outcome }) => `“${title}” (${outcome}) weighs 0 and is left out`),
  ];
}
