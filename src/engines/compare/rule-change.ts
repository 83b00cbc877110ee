// How each rule's answer moved. Better and worse are told by the outcome first (met, not known, not met), then
// by how far over, then by how much could not be judged.
import type { Outcome, RuleVerdict, Verdict } from '../policy/verdict.ts';
import type { RuleChange, RuleState, Trend } from './comparison.ts';

const HEIGHT: Readonly<Record<Outcome, number>> = Object.freeze({ pass: 0, unknown: 1, fail: 2 });

/** Every rule that either image was asked by, in the order of `after`. */
export function compareRules(before: Verdict, after: Verdict): readonly RuleChange[] {
  const old = new Map(before.rules.map((rule) => [rule.rule, rule]));
  const now = new Map(after.rules.map((rule) => [rule.rule, rule]));
  return [...new Set([...now.keys(), ...old.keys()])].map((rule) => {
    const was = old.get(rule);
    const is = now.get(rule);
    return {
      rule,
      title: ((is ?? was) as RuleVerdict).title,
      trend: was === undefined || is === undefined ? 'same' : compareAnswers(was, is),
      ...(was === undefined ? {} : { before: stateOf(was) }),
      ...(is === undefined ? {} : { after: stateOf(is) }),
    };
  });
}

/** The verdict as a whole: its outcome, then the water, then the band. */
export function compareVerdicts(before: Verdict, after: Verdict): Trend {
  return trendOf(
    HEIGHT[after.outcome] - HEIGHT[before.outcome] ||
      after.loadLine.water - before.loadLine.water ||
      after.loadLine.band - before.loadLine.band,
  );
}

function compareAnswers(before: RuleVerdict, after: RuleVerdict): Trend {
  return trendOf(
    HEIGHT[after.outcome] - HEIGHT[before.outcome] ||
      after.excess - before.excess ||
      after.unjudged - before.unjudged,
  );
}

function trendOf(rise: number): Trend {
  return rise === 0 ? 'same' : rise > 0 ? 'worse' : 'better';
}

function stateOf({ outcome, label, reasons }: RuleVerdict): RuleState {
  return { outcome, label, reason: reasons[0] ?? label };
}
