// One vendor's record of a vulnerability for one package, as it is kept in the advisory store.
// Feeds turn OSV, Debian tracker JSON and Alpine secdb into this; match.ts compares it with a package.
import type { RangeEvent } from '../../formats/packages/range.ts';
import type { VersionOrder } from '../../formats/packages/version-order.ts';

export type Severity = 'critical' | 'high' | 'medium' | 'low' | 'negligible' | 'unknown';

/** Most severe first. */
export const severities: readonly Severity[] = Object.freeze([
  'critical',
  'high',
  'medium',
  'low',
  'negligible',
  'unknown',
]);

export interface AdvisoryRecord {
  /** The record's own id: `GO-2024-2687`, `GHSA-…`, `CVE-…` for Debian and Alpine. */
  readonly id: string;
  /** Other names, CVEs first. */
  readonly aliases: readonly string[];
  readonly summary?: string;
  readonly severity: {
    readonly level: Severity;
    /** 0 to 10 where a vector gave it. */
    readonly score?: number;
    readonly vector?: string;
    /** Who decided: feed name or `cvss`. */
    readonly by: string;
  };
  readonly order: VersionOrder;
  /** A version is affected when any range or `versions` holds it (OSV evaluation). */
  readonly ranges: readonly { readonly events: readonly RangeEvent[] }[];
  /** Exact versions listed as affected. */
  readonly versions: readonly string[];
  /** The vendor has not decided whether its package is affected: an unjudged gap, never a finding. */
  readonly isUndetermined?: true;
  /** Debian: `unimportant`, `no-dsa`, `ignored`, ... shown, never used to hide. */
  readonly note?: string;
  /** Withdrawn records are not stored. */
  readonly publishedAt?: string;
  readonly modifiedAt?: string;
  readonly url?: string;
}
