// A comparison small enough to be sent: every list cut at its start's end, with its whole count beside it. What is
// cut is the least telling, since the lists are sorted so. The answer, the sums and the rules stay as they are.
import type {
  Comparison,
  ConfigurationChange,
  FindingNote,
  PackageChange,
  RuleChange,
  Side,
} from './comparison.ts';
import { sumCves } from './cve.ts';
import { compareSizes, type SizeComparison } from './size.ts';

/** Most rows of each list. */
export interface CutBounds {
  readonly packages: number;
  readonly findings: number;
  /** Of one package, each way. */
  readonly notes: number;
  readonly gaps: number;
  readonly configuration: number;
}

/** The first of a list, and how many there are in all. */
export interface CutList<T> {
  readonly rows: readonly T[];
  readonly total: number;
}

/** A row for each package; `cves`: how many vulnerabilities they are in all. */
export interface CutFindings extends CutList<FindingNote> {
  readonly cves: number;
}

export interface CutPackageChange extends Omit<PackageChange, 'fixed' | 'introduced'> {
  readonly fixed: CutList<FindingNote>;
  readonly introduced: CutList<FindingNote>;
}

export interface CutComparison
  extends Omit<
    Comparison,
    'before' | 'after' | 'packages' | 'findings' | 'newGaps' | 'configuration' | 'filter'
  > {
  /** Without the base: it may be in a place that whoever reads this may not see. */
  readonly before: Omit<Side, 'base'>;
  readonly after: Omit<Side, 'base'>;
  readonly packages: {
    readonly changes: CutList<CutPackageChange>;
    readonly added: number;
    readonly removed: number;
    readonly changed: number;
    readonly unchanged: number;
  };
  readonly findings: {
    readonly introduced: CutFindings;
    readonly fixed: CutFindings;
    readonly unchanged: CutFindings;
    readonly unjudged: CutFindings;
  };
  readonly sizes: SizeComparison;
  readonly newGaps: CutList<Comparison['newGaps'][number]>;
  readonly rules: readonly RuleChange[];
  readonly configuration: CutList<ConfigurationChange>;
}

export function cutComparison(comparison: Comparison, bounds: CutBounds): CutComparison {
  const { before, after, packages, findings, newGaps, configuration, filter: _, ...rest } = comparison;
  const { changes, unchanged } = packages;
  const count = (kind: PackageChange['kind']): number => changes.filter((one) => one.kind === kind).length;
  return {
    ...rest,
    before: withoutBase(before),
    after: withoutBase(after),
    packages: {
      changes: cut(
        changes.slice(0, bounds.packages).map((change) => ({
          ...change,
          fixed: cut(change.fixed, bounds.notes),
          introduced: cut(change.introduced, bounds.notes),
        })),
        bounds.packages,
        changes.length,
      ),
      added: count('added'),
      removed: count('removed'),
      changed: count('changed'),
      unchanged,
    },
    findings: {
      introduced: cutFindings(findings.introduced, bounds.findings),
      fixed: cutFindings(findings.fixed, bounds.findings),
      unchanged: cutFindings(findings.unchanged, bounds.findings),
      unjudged: cutFindings(findings.unjudged, bounds.findings),
    },
    sizes: compareSizes(before, after),
    newGaps: cut(newGaps, bounds.gaps),
    configuration: cut(configuration, bounds.configuration),
  };
}

function cut<T>(list: readonly T[], most: number, total = list.length): CutList<T> {
  return { rows: list.slice(0, most), total };
}

function cutFindings(notes: readonly FindingNote[], most: number): CutFindings {
  return { ...cut(notes, most), cves: sumCves(notes) };
}

function withoutBase({ base: _, ...side }: Side): Omit<Side, 'base'> {
  return side;
}
