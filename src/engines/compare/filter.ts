// Which findings count. A filter narrows what is shown and compared; it never touches what the rules judge,
// and what it leaves out is said beside every number.
import type { Finding } from '../advisory/finding.ts';
import { isFixable } from '../advisory/group-by-fix.ts';
import type { Severity } from '../advisory/record.ts';
import type { Lineage } from '../lineage/lineage.ts';

/** Every member narrows further; an empty filter leaves everything. Plain JSON. */
export interface FindingFilter {
  readonly severities?: readonly Severity[];
  readonly packageTypes?: readonly string[];
  readonly fix?: 'fixed' | 'unfixed';
  readonly isExploitedOnly?: true;
  /** By the layer that a package came with; what came with a base that is not known is kept. */
  readonly base?: 'ignore' | 'only';
  /** Exact names, aliases included. */
  readonly ids?: readonly string[];
  /** Regular expressions on the package's name, any of which finds it. */
  readonly packages?: readonly string[];
  /** CVSS metrics that the vector must have, each: `AV:N`. */
  readonly metrics?: readonly string[];
  readonly epssScore?: number;
  readonly epssPercentile?: number;
}

/** Whether a finding of an image of that lineage counts. */
export function createFindingTest(filter: FindingFilter, lineage?: Lineage): (finding: Finding) => boolean {
  const patterns = filter.packages?.map((pattern) => new RegExp(pattern));
  const baseLayers = lineage?.base?.layers;
  return (finding) => {
    const { severity, epss, vector } = finding;
    const isBase = isFromBase(finding.package.layerPosition, baseLayers);
    return (
      (filter.severities?.includes(severity) ?? true) &&
      (filter.packageTypes?.includes(finding.package.type) ?? true) &&
      (filter.fix === undefined || isFixable(finding) === (filter.fix === 'fixed')) &&
      (filter.isExploitedOnly !== true || finding.exploited !== undefined) &&
      (filter.base === undefined || (filter.base === 'only' ? isBase === true : isBase !== true)) &&
      (filter.ids?.some((id) => id === finding.id || finding.aliases.includes(id)) ?? true) &&
      (patterns?.some((pattern) => pattern.test(finding.package.name)) ?? true) &&
      (filter.metrics?.every((metric) => vector?.split('/').includes(metric) === true) ?? true) &&
      // Without an estimate it is not below the bound.
      (epss === undefined || epss.score >= (filter.epssScore ?? 0)) &&
      (epss === undefined || epss.percentile >= (filter.epssPercentile ?? 0))
    );
  };
}

/** Undefined where the base's layers, or the layer of the package, are not known. */
export function isFromBase(layerPosition: number, baseLayers: number | undefined): boolean | undefined {
  return baseLayers === undefined || layerPosition < 0 ? undefined : layerPosition < baseLayers;
}

/** E.g. `Only critical and high, fixable, not from the base.`; undefined for an empty filter. */
export function describeFilter(filter: FindingFilter): string | undefined {
  const parts = [
    ...(filter.severities === undefined ? [] : [joinWords(filter.severities)]),
    ...(filter.fix === undefined ? [] : [filter.fix === 'fixed' ? 'with a fix' : 'without a fix']),
    ...(filter.packageTypes === undefined ? [] : [`in ${joinWords(filter.packageTypes)} packages`]),
    ...(filter.packages === undefined ? [] : [`in packages named like ${joinWords(filter.packages)}`]),
    ...(filter.base === undefined ? [] : [filter.base === 'only' ? 'from the base' : 'not from the base']),
    ...(filter.isExploitedOnly === undefined ? [] : ['known to be exploited']),
    ...(filter.ids === undefined ? [] : [joinWords(filter.ids)]),
    ...(filter.metrics === undefined ? [] : [`with ${joinWords(filter.metrics)}`]),
    ...(filter.epssScore === undefined ? [] : [`with an EPSS score of ${filter.epssScore} or more`]),
    ...(filter.epssPercentile === undefined
      ? []
      : [`at the EPSS percentile ${filter.epssPercentile} or above`]),
  ];
  return parts.length === 0 ? undefined : `Counted are only CVEs ${parts.join(', ')}.`;
}

/** `a`, `a and b`, `a, b and c`. */
export function joinWords(words: readonly string[]): string {
  return words.length < 2 ? (words[0] ?? '') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}
