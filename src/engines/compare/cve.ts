// Findings counted as vulnerabilities: what several packages of an image have is one CVE, at its worst.
import { type Severity, severities } from '../advisory/record.ts';
import { compareSeverity } from '../advisory/severity.ts';

export type CveCounts = Readonly<Record<Severity, number>>;

export function countCves(
  findings: readonly { readonly id: string; readonly severity: Severity }[],
): CveCounts {
  const worst = new Map<string, Severity>();
  for (const { id, severity } of findings) {
    const known = worst.get(id);
    if (known === undefined || compareSeverity(severity, known) < 0) worst.set(id, severity);
  }
  const counts = Object.fromEntries(severities.map((severity) => [severity, 0])) as Record<Severity, number>;
  for (const severity of worst.values()) counts[severity] += 1;
  return counts;
}

/** How many there are, of any severity. */
export function sumCves(findings: readonly { readonly id: string }[]): number {
  return new Set(findings.map(({ id }) => id)).size;
}

/** Whether no feed could judge any of its packages: then none of its numbers of CVEs says anything. */
export function isUnjudged({
  judged,
  packages,
}: {
  readonly judged: number;
  readonly packages: number;
}): boolean {
  return judged === 0 && packages > 0;
}
