// Findings by severity as one bar, as long as its share of the largest; unknown severity is hatched.
import './severity-bar.css';
import { formatSeverities, SEVERITIES, type SeverityName } from './severity-name.ts';

interface SeverityBarProps {
  counts: Readonly<Partial<Record<SeverityName, number>>>;
  /** The count that fills the whole width. */
  full: number;
}

export function SeverityBar({ counts, full }: SeverityBarProps) {
  const label = formatSeverities(counts);
  let at = 0;
  return (
    <svg className="severity-bar" role="img" aria-label={label} width="144" height="8">
      <title>{label}</title>
      {SEVERITIES.map((severity) => {
        const share = ((counts[severity] ?? 0) / Math.max(1, full)) * 100;
        const x = at;
        at += share;
        return share > 0 ? <Part key={severity} severity={severity} x={x} share={share} /> : null;
      })}
    </svg>
  );
}

/** At least a sliver wide: one critical finding among a thousand must be seen. */
function Part({ severity, x, share }: { severity: SeverityName; x: number; share: number }) {
  return (
    <rect
      className={`severity-bar-part is-${severity}`}
      x={`${Math.min(x, 97)}%`}
      width={`${Math.max(2.5, share - 1)}%`}
      height="8"
      rx="2"
    />
  );
}
