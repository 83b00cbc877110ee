// Words that the comment and the terminal share when they show a comparison.

import { severities } from '../../../engines/advisory/record.ts';
import type { Side, Trend } from '../../../engines/compare/comparison.ts';
import { countCves, isUnjudged } from '../../../engines/compare/cve.ts';
import type { Outcome } from '../../../engines/policy/verdict.ts';
import { shortDigest } from '../../../formats/oci/digest.ts';
import type { Report } from '../../../services/hub/report.ts';

/** `score-compose:main` of `ghcr.io/score-spec/score-compose:main@sha256:…`; a file's or folder's own name. */
export function shortName(reference: string): string {
  const named = reference
    .replace(/@sha(?:256|512):[0-9a-f]+$/, '')
    .replace(/^[a-z-]+:(?:\/\/)?(?=[^\d])/, '');
  const short = named.slice(named.replace(/\/+$/, '').lastIndexOf('/') + 1);
  return short === '' ? reference : short;
}

/** The base's name and how it stands; `quote` sets a name apart. */
export function describeBase({ base }: Pick<Side, 'base'>, quote: (text: string) => string): string {
  if (base === undefined) return 'not known';
  const name =
    base.reference !== undefined
      ? quote(base.reference)
      : base.digest !== undefined
        ? quote(`sha256:${shortDigest(base.digest)}`)
        : `the lowest ${base.layers ?? '?'} layers`;
  const sure =
    base.confidence === 'certain' ? '' : base.confidence === 'likely' ? ', as stated' : ', a guess';
  if (base.current === undefined || base.digest === undefined) return `${name}${sure}`;
  return `${name}, ${base.current.digest === base.digest ? 'current' : 'behind its tag'}${sure}`;
}

/** E.g. `113 of 118 packages`, with what could not be read. */
export function describeJudged({ judged, packages, unknowns }: Side): string {
  const unread = unknowns === 0 ? '' : `, ${unknowns} ${unknowns === 1 ? 'place' : 'places'} not read`;
  return `${judged} of ${packages} packages${unread}`;
}

/** E.g. `over the line, 2 of 9 rules not met`. */
export function describeOutcome({ outcome, rules }: Side): string {
  const { fail, unknown, total } = rules;
  const also = outcome === 'fail' && unknown > 0 ? `, ${unknown} not known` : '';
  if (outcome === 'fail') return `over the line, ${fail} of ${total} rules not met${also}`;
  return outcome === 'pass' ? 'within the line' : `not known, ${unknown} of ${total} rules not judged`;
}

/** E.g. `1 critical · 2 high · 4 not rated`; `none` says only that none is known. */
export function describeCounts(findings: Side['findings']): string {
  const parts = severities.flatMap((severity) =>
    findings[severity] === 0
      ? []
      : [`${findings[severity]} ${severity === 'unknown' ? 'not rated' : severity}`],
  );
  return parts.length === 0 ? 'none' : parts.join(' · ');
}

/** How it moved; what was not met and is not known now has become no better that anybody knows of. */
export function describeTrend(trend: Trend, before?: Outcome, after?: Outcome): string {
  if (before === 'fail' && after === 'unknown') return 'not known';
  return trend === 'same' ? 'the same' : trend;
}

/** Counts of CVEs, with what was judged to come to them. */
export type Known = Pick<Side, 'findings' | 'judged' | 'packages'>;

export function countKnown({ matching: { findings, coverage } }: Report): Known {
  return { findings: countCves(findings), judged: coverage.judged, packages: coverage.packages };
}

/** Known CVEs by severity; `not known` where nothing was judged. */
export function describeKnown(side: Known): string {
  return isUnjudged(side) ? 'not known' : describeCounts(side.findings);
}

/** How many of them are known to be exploited. */
export function describeExploited(side: Side): string {
  return isUnjudged(side) ? 'not known' : String(side.exploited);
}
