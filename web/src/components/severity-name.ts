// Severities, the worst first, and the words for them.
import type { Finding } from '../../../src/entry/http/contract.ts';

export type SeverityName = Finding['severity'];

export const SEVERITIES: readonly SeverityName[] = [
  'critical',
  'high',
  'medium',
  'low',
  'negligible',
  'unknown',
];

export const SEVERITY_WORDS: Readonly<Record<SeverityName, string>> = {
  critical: 'Critical',
  high: 'High',
  medium: 'Medium',
  low: 'Low',
  negligible: 'Negligible',
  unknown: 'Unknown',
};

/** `3 critical, 12 high`; empty where there are none. */
export function formatSeverities(counts: Readonly<Partial<Record<SeverityName, number>>>): string {
  return SEVERITIES.filter((severity) => (counts[severity] ?? 0) > 0)
    .map((severity) => `${counts[severity]} ${severity === 'unknown' ? 'of unknown severity' : severity}`)
    .join(', ');
}
