// A finding is a package and an advisory that applies to it, with the comparison that said so.
// Coverage is what could not be judged. Both are plain JSON: they go into reports as they are.
import type { Severity } from './record.ts';

export interface Finding {
  /** The best-known name: a CVE where there is one, else the record's id. */
  readonly id: string;
  readonly aliases: readonly string[];
  readonly severity: Severity;
  readonly score?: number;
  readonly vector?: string;
  readonly severityBy: string;
  readonly summary?: string;
  readonly url?: string;
  readonly note?: string;
  /** When the advisory was published, RFC 3339; absent where it does not say. */
  readonly publishedAt?: string;
  /** In CISA's catalogue of known exploited vulnerabilities. */
  readonly exploited?: { readonly since: string; readonly dueAt?: string; readonly isRansomware: boolean };
  /** FIRST's estimate of exploitation within 30 days: both 0 to 1; of which day (`2026-11-20`). */
  readonly epss?: { readonly score: number; readonly percentile: number; readonly asOf: string };
  readonly package: {
    readonly purl: string;
    readonly type: string;
    readonly name: string;
    readonly version: string;
    /** What was compared: source package or origin where the feed names that. */
    readonly matchedName: string;
    readonly matchedVersion: string;
    readonly path: string;
    readonly layerDiffId: string;
    readonly layerPosition: number;
  };
  /** The lowest version that mends it, in the matched name's versions; absent where none is known. */
  readonly fixedVersion?: string;
  /** How a person would check it. */
  readonly evidence: {
    readonly feed: string;
    readonly recordId: string;
    readonly scope: string;
    /** e.g. `2.36-9+deb12u3 < 2.36-9+deb12u7 (deb)`. */
    readonly comparison: string;
  };
}

/** What no feed covers, or could not be compared. */
export interface CoverageGap {
  readonly purl: string;
  readonly name: string;
  readonly version: string;
  /** One sentence. */
  readonly why: string;
}

export interface Coverage {
  readonly packages: number;
  readonly judged: number;
  readonly gaps: readonly CoverageGap[];
  /** Feeds that were asked, with their age and class. */
  readonly feeds: readonly {
    readonly feed: string;
    readonly refreshedAt: number;
    readonly coverage: 'affected' | 'fixed-only';
    readonly scopes: readonly string[];
  }[];
}

export interface Matching {
  /** Sorted: severity, then exploited first, then fixable first, then id, then package. */
  readonly findings: readonly Finding[];
  readonly coverage: Coverage;
}
