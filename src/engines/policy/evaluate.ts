// Evaluating the policy: every rule on the same evidence, the load line from their answers, and the
// sentence that says it. Pure: same evidence, same verdict.
import type { PolicyEvidence } from './evidence.ts';
import { explainOutcome } from './explain.ts';
import { computeLoadLine, weighFindings } from './load-line.ts';
import { rules } from './rules/all.ts';
import { isFixableCriticalOrHigh } from './rules/no-fixable-critical-or-high.ts';
import type { RuleVerdict, Verdict } from './verdict.ts';

/** The verdict on one image. */
export function evaluatePolicy(evidence: PolicyEvidence): Verdict {
  const verdicts = rules.map(
    (rule): RuleVerdict => ({ rule: rule.id, title: rule.title, ...rule.judge(evidence) }),
  );
  const lesser = evidence.matching.findings.filter((finding) => !isFixableCriticalOrHigh(finding));
  const loadLine = computeLoadLine(verdicts, weighFindings(lesser));
  return {
    outcome: loadLine.outcome,
    answer: explainOutcome(verdicts, loadLine.outcome),
    rules: verdicts,
    loadLine,
  };
}
