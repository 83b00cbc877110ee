// The answer in one sentence, as a page and a terminal show it first.
import type { Outcome, RuleVerdict } from './verdict.ts';

/** E.g. `Over the line: 2 of 3 rules are not met`. */
export function explainOutcome(rules: readonly Pick<RuleVerdict, 'outcome'>[], outcome: Outcome): string {
  const failed = rules.filter((rule) => rule.outcome === 'fail').length;
  const unknown = rules.filter((rule) => rule.outcome === 'unknown').length;
  switch (outcome) {
    case 'fail': {
      const also = unknown === 0 ? '' : `, ${unknown} could not be judged`;
      return `Over the line: ${failed} of ${rules.length} rules ${isOrAre(failed)} not met${also}`;
    }
    case 'unknown':
      return `Not known: ${unknown} of ${rules.length} rules could not be judged, the others are met`;
    case 'pass':
      return rules.length === 1
        ? 'Under the line: its one rule is met'
        : `Under the line: all ${rules.length} rules are met`;
  }
}

function isOrAre(count: number): string {
  return count === 1 ? 'is' : 'are';
}
