// The shapes that go with a verdict's and a severity's colour, so that neither stands on colour alone.
import type { RuleVerdict } from '../../../src/entry/http/contract.ts';
import type { SeverityName } from './severity-name.ts';

export function OutcomeShape({ outcome }: { outcome: RuleVerdict['outcome'] }) {
  return (
    <svg className="shape" width="12" height="12" viewBox="0 0 12 12" aria-hidden="true">
      {outcome === 'pass' ? <circle cx="6" cy="6" r="5.5" fill="var(--pass)" /> : null}
      {outcome === 'fail' ? <path d="M6 .5 12 11.5H0z" fill="var(--fail)" /> : null}
      {outcome === 'unknown' ? <HatchedRing /> : null}
    </svg>
  );
}

export function SeverityShape({ severity }: { severity: SeverityName }) {
  return (
    <svg className="shape" width="12" height="12" viewBox="0 0 12 12" aria-hidden="true">
      {severity === 'critical' ? <path d="M6 .5 12 11.5H0z" fill="var(--critical)" /> : null}
      {severity === 'high' ? (
        <path d="M6 2 10.9 10.8H1.1z" fill="none" stroke="var(--high)" strokeWidth="1.6" />
      ) : null}
      {severity === 'medium' ? <path d="M6 .8 11.2 6 6 11.2.8 6z" fill="var(--medium)" /> : null}
      {severity === 'low' ? <circle cx="6" cy="6" r="3.5" fill="var(--low)" /> : null}
      {severity === 'negligible' ? (
        <circle cx="6" cy="6" r="3" fill="none" stroke="var(--negligible)" strokeWidth="1.4" />
      ) : null}
      {severity === 'unknown' ? <HatchedRing /> : null}
    </svg>
  );
}

function HatchedRing() {
  return (
    <g fill="none" stroke="var(--unknown)">
      <circle cx="6" cy="6" r="5.4" strokeDasharray="2 1.4" />
      <path d="M2 7.6 7.6 2M3.2 9.6 9.6 3.2M5.6 10.6 10.6 5.6" strokeWidth=".9" />
    </g>
  );
}
