// A severity as a shape, a colour and a word; and counts of them for a table's cell.
import { formatCount } from '../format.ts';
import './severity.css';
import { formatSeverities, SEVERITIES, SEVERITY_WORDS, type SeverityName } from './severity-name.ts';
import { SeverityShape } from './shape.tsx';

export function Severity({ severity }: { severity: SeverityName }) {
  return (
    <span className={`severity is-${severity}`}>
      <SeverityShape severity={severity} />
      {SEVERITY_WORDS[severity]}
    </span>
  );
}

/** The counts of what there is, worst first; a dash where there is nothing. */
export function SeverityCounts({ counts }: { counts: Readonly<Partial<Record<SeverityName, number>>> }) {
  const present = SEVERITIES.filter((severity) => (counts[severity] ?? 0) > 0);
  if (present.length === 0) return <span className="quiet">none</span>;
  return (
    <span
      className="severity-counts"
      role="img"
      aria-label={formatSeverities(counts)}
      title={formatSeverities(counts)}
    >
      {present.map((severity) => (
        <span key={severity} className={`severity is-${severity}`}>
          <SeverityShape severity={severity} />
          {formatCount(counts[severity] ?? 0)}
        </span>
      ))}
    </span>
  );
}
