// Findings by severity as one bar, as long as its share of the largest; unknown severity is hatched.
import { useId } from 'react';
import './severity-bar.css';
import { formatSeverities, SEVERITIES, type SeverityName } from './severity-name.ts';

/** CSS pixels. A part is at least a sliver: one critical finding among a thousand must be seen. */
const WIDTH = 144;
const SLIVER = 4;
const GAP = 2;

interface SeverityBarProps {
  counts: Readonly<Partial<Record<SeverityName, number>>>;
  /** The count that fills the whole width. */
  full: number;
}

export function SeverityBar({ counts, full }: SeverityBarProps) {
  const id = useId();
  const label = formatSeverities(counts);
  const parts = placeParts(counts, full);
  return (
    <svg className="severity-bar" role="img" aria-label={label} width={WIDTH} height="8">
      <title>{label}</title>
      <defs>
        <pattern id={id} width="3" height="3" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
          <path className="severity-bar-hatch" d="M0.5 0V3" />
        </pattern>
      </defs>
      {parts.map(({ severity, x, width }) => (
        <rect
          key={severity}
          className={`severity-bar-part is-${severity}`}
          x={x}
          width={width}
          height="8"
          rx="2"
          {...(severity === 'unknown' ? { fill: `url(#${id})` } : {})}
        />
      ))}
    </svg>
  );
}

interface Part {
  readonly severity: SeverityName;
  readonly x: number;
  readonly width: number;
}

/** Slivers may make the bar too long; then all of it shrinks. */
function placeParts(counts: SeverityBarProps['counts'], full: number): Part[] {
  const present = SEVERITIES.filter((severity) => (counts[severity] ?? 0) > 0);
  const widths = present.map((severity) =>
    Math.max(SLIVER, ((counts[severity] ?? 0) / Math.max(1, full)) * WIDTH),
  );
  const total = widths.reduce((sum, width) => sum + width, 0);
  const scale = Math.min(1, WIDTH / Math.max(1, total));
  let x = 0;
  return present.map((severity, at) => {
    const part = { severity, x, width: Math.max(1, (widths[at] ?? 0) * scale - GAP) };
    x += (widths[at] ?? 0) * scale;
    return part;
  });
}
