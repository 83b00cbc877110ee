// Two images side by side: what a change adds, removes and changes, and what that does to the verdict. Plain
// JSON; the command line and the page format it, nobody else makes it. `before` is what there was, `after`
// what the change would ship.
import type { Digest } from '../../formats/oci/digest.ts';
import type { Severity } from '../advisory/record.ts';
import type { BaseImage } from '../lineage/lineage.ts';
import type { LoadLine, Outcome, Score } from '../policy/verdict.ts';
import type { FindingFilter } from './filter.ts';

/** From before to after. */
export type Trend = 'better' | 'worse' | 'same';

/** One of the two, as far as a header shows it. */
export interface Side {
  readonly reference: string;
  readonly digest: Digest;
  readonly platform?: string;
  /** As it lies where it was read from, packed or not; absent for an SBOM. */
  readonly sizeBytes?: number;
  /** Of all layers; absent where there are none. */
  readonly unpackedBytes?: number;
  /** Whether any layer lies compressed; absent where there are none. */
  readonly isCompressed?: boolean;
  /** RFC 3339, as the image says it. */
  readonly createdAt?: string;
  /** Source repository and commit, as labels or annotations say. */
  readonly source?: { readonly uri?: string; readonly revision?: string };
  readonly distribution?: string;
  readonly base?: BaseImage;
  readonly packages: number;
  /** Packages that some feed could judge. */
  readonly judged: number;
  /** What could not be read. */
  readonly unknowns: number;
  /** Vulnerabilities after the filter, each once and at its worst, however many packages have it. */
  readonly findings: Readonly<Record<Severity, number>>;
  /** How many of them are known to be exploited. */
  readonly exploited: number;
  readonly outcome: Outcome;
  readonly rules: { readonly fail: number; readonly unknown: number; readonly total: number };
  readonly answer: string;
  readonly loadLine: LoadLine;
  readonly score?: Score;
}

/** A vulnerability of a package, small enough for lists; the reports have the evidence. */
export interface FindingNote {
  readonly id: string;
  readonly severity: Severity;
  readonly isExploited: boolean;
  readonly url?: string;
  readonly fixedVersion?: string;
  /** The package's name, as people call it. */
  readonly name: string;
  readonly type: string;
  /** In the image that has it: of `after` where it is in both. */
  readonly version: string;
}

/** What became of a package of that type and name; several versions may stand side by side. */
export interface PackageChange {
  readonly kind: 'added' | 'removed' | 'changed';
  readonly type: string;
  readonly name: string;
  /** Versions in each image, sorted; empty where it is not there. */
  readonly before: readonly string[];
  readonly after: readonly string[];
  /** Whether one version became a later one; absent where that cannot be said. */
  readonly direction?: 'upgrade' | 'downgrade';
  /** For what is inside a file of its own (a Go program, a folder of node_modules): where, without leading slash. */
  readonly path?: string;
  /** Whether it came with the base (for `removed`: of the image before); absent where the base is not known. */
  readonly isFromBase?: boolean;
  readonly fixed: readonly FindingNote[];
  readonly introduced: readonly FindingNote[];
}

export interface RuleChange {
  readonly rule: string;
  readonly title: string;
  readonly trend: Trend;
  /** Absent where that image was not asked by this rule. */
  readonly before?: RuleState;
  readonly after?: RuleState;
}

export interface RuleState {
  readonly outcome: Outcome;
  readonly label: string;
  readonly reason: string;
}

/** A member of the image configuration that differs. Values of environment variables are left out: they may be secrets. */
export interface ConfigurationChange {
  /** `User`, `Entrypoint`, `Env PATH`, `Label org.opencontainers.image.version`. */
  readonly name: string;
  readonly group: 'run' | 'label' | 'environment';
  readonly before?: string;
  readonly after?: string;
}

/** `same`: the same bytes. `rebuilt`: the same name, other bytes. `unknown`: either side's is not known. */
export type BaseTrend = 'same' | 'rebuilt' | 'changed' | 'unknown';

export interface Comparison {
  readonly schema: 1;
  /** RFC 3339. */
  readonly createdAt: string;
  readonly before: Side;
  readonly after: Side;
  /** The title: `within the line again`. */
  readonly answer: string;
  /** One or two sentences: how much of what, and why it is over the line. */
  readonly summary: string;
  /** How the verdict moved; within one outcome by where the water stands. */
  readonly trend: Trend;
  /** What was left out of the counting; absent where nothing was. */
  readonly filter?: FindingFilter;
  readonly packages: {
    /** Sorted: those with CVEs first, the worst first, then by type and name. */
    readonly changes: readonly PackageChange[];
    readonly unchanged: number;
  };
  /** A note for each package; a vulnerability stands in one of the lists. The worst first. */
  readonly findings: {
    readonly introduced: readonly FindingNote[];
    readonly fixed: readonly FindingNote[];
    readonly unchanged: readonly FindingNote[];
    /** Of `before`, in packages that `after` has too but nothing could judge there: neither fixed nor still known. */
    readonly unjudged: readonly FindingNote[];
  };
  /** Packages of `after` that no feed could judge, and that were not there or judged before. */
  readonly newGaps: readonly { readonly name: string; readonly version: string; readonly why: string }[];
  readonly rules: readonly RuleChange[];
  readonly configuration: readonly ConfigurationChange[];
  readonly base: BaseTrend;
  readonly layers: {
    readonly before: number;
    readonly after: number;
    /** Lowest layers that both have, by what is in them. */
    readonly shared: number;
  };
  /** The feeds that judged, by age: the oldest and the newest refresh, RFC 3339; absent where none did. */
  readonly advisories?: { readonly oldestAt: string; readonly newestAt: string };
}
