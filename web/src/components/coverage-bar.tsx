// How much could be judged: sea for what was, hatched for what was not. Never all sea unless it is all.
import './coverage-bar.css';

export function CoverageBar({ judged, packages }: { judged: number; packages: number }) {
  const share = packages > 0 ? (judged / packages) * 100 : 0;
  // A single package in 5,000 that was not judged must still be seen.
  const shown = judged === packages ? share : Math.min(share, 98);
  const label = `${judged} of ${packages} packages were judged`;
  return (
    <svg className="coverage-bar" role="img" aria-label={label} width="100%" height="14">
      <title>{label}</title>
      <defs>
        <pattern
          id="coverage-hatch"
          width="5"
          height="5"
          patternUnits="userSpaceOnUse"
          patternTransform="rotate(45)"
        >
          <path className="coverage-bar-hatch" d="M0.5 0V5" />
        </pattern>
      </defs>
      <rect className="coverage-bar-all" width="100%" height="14" rx="3" fill="url(#coverage-hatch)" />
      <rect className="coverage-bar-judged" width={`${shown}%`} height="14" rx="3" />
    </svg>
  );
}
