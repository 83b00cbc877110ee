// `--fail-on`: when an answer is a "no" for a script. A level counts findings at or above it; `policy` asks
// the verdict, where unknown is not a pass.
import { type Severity, severities } from '../../../engines/advisory/record.ts';
import type { Report } from '../../../services/hub/report.ts';

export const thresholds = Object.freeze([
  'critical',
  'high',
  'medium',
  'low',
  'negligible',
  'policy',
] as const);
export type Threshold = (typeof thresholds)[number];

/** Why the report does not meet the threshold, one sentence; undefined where it does. */
export function judgeThreshold(report: Report, threshold: Threshold): string | undefined {
  if (threshold === 'policy') return report.verdict.outcome === 'pass' ? undefined : report.verdict.answer;
  // An unrated vulnerability could be anything: it counts at every level.
  const counted = (severity: Severity): boolean =>
    severity === 'unknown' || severities.indexOf(severity) <= severities.indexOf(threshold);
  const count = report.matching.findings.filter((finding) => counted(finding.severity)).length;
  return count === 0
    ? undefined
    : `${count} finding${count === 1 ? ' is' : 's are'} ${threshold} or worse, or not rated`;
}
