// Evaluating a policy: every rule on the same evidence, the load line and the score from their answers, and
// the sentence that says it. Pure: same evidence and policy, same verdict.
import type { PolicyEvidence } from './evidence.ts';
import { explainOutcome } from './explain.ts';
import { computeLoadLine, weighFindings } from './load-line.ts';
import { digestPolicy, type Policy, type PolicyRule, standardPolicy } from './policy.ts';
import { findRule } from './rules/all.ts';
import { computeScore } from './score.ts';
import type { RuleVerdict, Verdict } from './verdict.ts';

/** The verdict on one image. A policy's rule that is of no known type is unknown, never met. */
export function evaluatePolicy(evidence: PolicyEvidence, policy: Policy = standardPolicy): Verdict {
  const ids = new Map<string, number>();
  const verdicts = policy.rules.map((row) => {
    const times = (ids.get(row.rule) ?? 0) + 1;
    ids.set(row.rule, times);
    return judgeRule(row, times === 1 ? row.rule : `${row.rule}#${times}`, evidence);
  });
  const lesser = evidence.matching.findings.filter(
    (finding) =>
      !policy.rules.some((row) => findRule(row.rule)?.isBrokenBy?.(finding, row.config, evidence) === true),
  );
  const loadLine = computeLoadLine(verdicts, weighFindings(lesser));
  const score = computeScore(verdicts);
  return {
    outcome: loadLine.outcome,
    answer: explainOutcome(verdicts, loadLine.outcome),
    rules: verdicts,
    loadLine,
    ...(score === undefined ? {} : { score }),
    policy: policy.name,
    policyDigest: digestPolicy(policy),
  };
}

function judgeRule(
  { rule: id, title, weight, config }: PolicyRule,
  unique: string,
  evidence: PolicyEvidence,
): RuleVerdict {
  const rule = findRule(id);
  if (rule === undefined) {
    const reasons = [`There is no rule ${id} in this version.`];
    return {
      rule: unique,
      title: title ?? id,
      outcome: 'unknown',
      label: 'No such rule',
      reasons,
      excess: 0,
      unjudged: 1,
      weight,
    };
  }
  return { rule: unique, title: title ?? rule.title(config), ...rule.judge(evidence, config), weight };
}
