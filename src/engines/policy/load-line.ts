// The load line: where the water stands in an image's disc, from its rules and lesser findings. The one
// formula, documented in docs/reference/load-line.md. Water over the line: a rule is not met. Band over the
// line: something was not judged. A worse image never floats lower; no input makes it NaN.
import type { Finding } from '../advisory/finding.ts';
import type { Severity } from '../advisory/record.ts';
import type { LoadLine, RuleVerdict } from './verdict.ts';

export type LoadLineRule = Pick<RuleVerdict, 'outcome' | 'excess' | 'unjudged'>;

/** Where the line is. */
export const LINE = 0.5;

/** What weighs on the water without breaking a rule. A severity nobody rated weighs as a medium one. */
const WEIGHTS: Readonly<Record<Severity, number>> = Object.freeze({
  critical: 8,
  high: 4,
  medium: 2,
  low: 1,
  negligible: 0.25,
  unknown: 2,
});

/** The weight of findings that break no rule. */
export function weighFindings(findings: readonly Pick<Finding, 'severity'>[]): number {
  return findings.reduce((sum, { severity }) => sum + (WEIGHTS[severity] ?? WEIGHTS.unknown), 0);
}

/** Water, band and outcome; `lesserWeight` is that of `weighFindings`. */
export function computeLoadLine(rules: readonly LoadLineRule[], lesserWeight: number): LoadLine {
  const excess = sum(rules.map((rule) => (rule.outcome === 'fail' ? Math.max(1, amount(rule.excess)) : 0)));
  const unjudged = sum(
    rules.map((rule) => Math.max(rule.outcome === 'unknown' ? 1 : 0, amount(rule.unjudged))),
  );
  const lesser = share(amount(lesserWeight), 50);
  const water = excess === 0 ? 0.45 * lesser : Math.min(1, 0.55 + 0.4 * share(excess, 8) + 0.05 * lesser);
  const top = Math.max(water, LINE);
  const band = unjudged === 0 ? water : top + (1 - top) * (0.1 + 0.9 * share(unjudged, 20));
  return { water, band, outcome: water > LINE ? 'fail' : band > LINE ? 'unknown' : 'pass' };
}

/** 0 at nothing, a half at `half`, towards 1 without end. */
function share(value: number, half: number): number {
  return value === Number.POSITIVE_INFINITY ? 1 : value / (value + half);
}

/** A number that is missing or makes no sense weighs nothing; a rule's outcome still counts. */
function amount(value: number | undefined): number {
  return value !== undefined && value > 0 ? value : 0;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
