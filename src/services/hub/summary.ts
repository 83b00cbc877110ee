// The few numbers of a report that lists show.
import { isFixable } from '../../engines/advisory/group-by-fix.ts';
import { type Severity, severities } from '../../engines/advisory/record.ts';
import type { ImageReport, ReportSummary } from './report.ts';

export function summariseReport(report: ImageReport): ReportSummary {
  const { verdict, inventory, matching, subject } = report;
  const { distribution } = inventory;
  const named = distribution?.prettyName ?? distribution?.id;
  return {
    answer: verdict.answer,
    outcome: verdict.outcome,
    loadLine: verdict.loadLine,
    packages: inventory.packages.length,
    judged: matching.coverage.judged,
    findings: countSeverities(matching.findings),
    fixable: matching.findings.filter(isFixable).length,
    ...(subject.platform === undefined ? {} : { platform: subject.platform }),
    sizeBytes: subject.sizeBytes,
    ...(named === undefined ? {} : { distribution: named }),
  };
}

/** Every severity with its count, zeros too, most severe first. */
export function countSeverities(
  findings: Iterable<{ readonly severity: Severity }>,
): Record<Severity, number> {
  const counts = Object.fromEntries(severities.map((severity) => [severity, 0])) as Record<Severity, number>;
  for (const { severity } of findings) counts[severity] += 1;
  return counts;
}
