// Two judged images into one comparison. Pure: the same two reports and filter, the same comparison. The filter
// narrows which findings are counted; rules were judged on everything, and stay so.
import type { ImageConfig } from '../../formats/oci/config.ts';
import type { Digest } from '../../formats/oci/digest.ts';
import type { LayerSummary } from '../../io/images/files.ts';
import { formatInstant } from '../../kit/clock.ts';
import type { CoverageGap, Finding, Matching } from '../advisory/finding.ts';
import type { BaseImage, Lineage } from '../lineage/lineage.ts';
import type { Verdict } from '../policy/verdict.ts';
import type { Inventory } from '../sbom/inventory.ts';
import type { BaseTrend, Comparison, Side } from './comparison.ts';
import { compareConfigurations } from './configuration-change.ts';
import { countCves, sumCves } from './cve.ts';
import { createFindingTest, type FindingFilter } from './filter.ts';
import { compareFindings, settleFindings } from './finding-change.ts';
import { formatAnswer, formatSummary } from './headline.ts';
import { comparePackages, packageKey } from './package-change.ts';
import { compareRules, compareVerdicts } from './rule-change.ts';
import { describeSizes } from './size.ts';

/** What is compared: a report (services/hub/report.ts) is one. */
export interface Judged {
  readonly subject: {
    readonly reference: string;
    readonly digest: Digest;
    readonly platform?: string;
    readonly sizeBytes?: number;
    readonly config?: ImageConfig;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly inventory: Inventory;
  readonly matching: Matching;
  readonly lineage?: Lineage;
  readonly verdict: Verdict;
}

export interface CompareOptions {
  readonly filter?: FindingFilter;
  /** The moment of comparing, epoch milliseconds. */
  readonly now: number;
}

export function compareImages(before: Judged, after: Judged, options: CompareOptions): Comparison {
  const { filter } = options;
  const old = count(before, filter);
  const now = count(after, filter);
  const byPackage = compareFindings(old, now, listGapKeys(after));
  const findings = settleFindings(byPackage);
  const isType = (type: string): boolean => filter?.packageTypes?.includes(type) ?? true;
  const packages = comparePackages(
    { inventory: ofTypes(before.inventory, isType), baseLayers: before.lineage?.base?.layers },
    { inventory: ofTypes(after.inventory, isType), baseLayers: after.lineage?.base?.layers },
    byPackage.fixed,
    byPackage.introduced,
  );
  const trend = compareVerdicts(before.verdict, after.verdict);
  const sides = { before: describeSide(before, old), after: describeSide(after, now) };
  const newGaps = findNewGaps(before, after);
  return {
    schema: 1,
    createdAt: formatInstant(options.now),
    ...sides,
    answer: formatAnswer(before.verdict.outcome, after.verdict.outcome, trend),
    summary: formatSummary({ ...sides, packages, findings, newGaps }, after.verdict),
    trend,
    ...(filter === undefined || Object.keys(filter).length === 0 ? {} : { filter }),
    packages,
    findings,
    newGaps,
    rules: compareRules(before.verdict, after.verdict),
    configuration: compareConfigurations(before.subject.config, after.subject.config),
    base: compareBases(before.lineage?.base, after.lineage?.base),
    layers: compareLayers(before.inventory.layers, after.inventory.layers),
    ...describeFeeds([before.matching, after.matching]),
  };
}

function count({ matching, lineage }: Judged, filter: FindingFilter | undefined): readonly Finding[] {
  return filter === undefined
    ? matching.findings
    : matching.findings.filter(createFindingTest(filter, lineage));
}

function ofTypes({ packages }: Inventory, isType: (type: string) => boolean): Pick<Inventory, 'packages'> {
  return { packages: packages.filter(({ type }) => isType(type)) };
}

function describeSide(
  { subject, inventory, matching, lineage, verdict }: Judged,
  findings: readonly Finding[],
): Side {
  const { reference, digest, platform, sizeBytes, config } = subject;
  const distribution = inventory.distribution?.prettyName ?? inventory.distribution?.id;
  const source = describeSource({ ...subject.annotations, ...config?.labels });
  return {
    reference,
    digest,
    ...(platform === undefined ? {} : { platform }),
    ...describeSizes(sizeBytes, inventory.layers),
    ...(config?.createdAt === undefined ? {} : { createdAt: config.createdAt }),
    ...(source === undefined ? {} : { source }),
    ...(distribution === undefined ? {} : { distribution }),
    ...(lineage?.base === undefined ? {} : { base: lineage.base }),
    packages: inventory.packages.length,
    judged: matching.coverage.judged,
    unknowns: inventory.unknowns.length,
    findings: countCves(findings),
    exploited: sumCves(findings.filter(({ exploited }) => exploited !== undefined)),
    outcome: verdict.outcome,
    rules: {
      fail: verdict.rules.filter((rule) => rule.outcome === 'fail').length,
      unknown: verdict.rules.filter((rule) => rule.outcome === 'unknown').length,
      total: verdict.rules.length,
    },
    answer: verdict.answer,
    loadLine: verdict.loadLine,
    ...(verdict.score === undefined ? {} : { score: verdict.score }),
  };
}

/** image-spec annotations.md: `org.opencontainers.image.source` and `.revision`. */
function describeSource(said: Readonly<Record<string, string>>): Side['source'] {
  const uri = said['org.opencontainers.image.source'];
  const revision = said['org.opencontainers.image.revision'];
  if (!uri && !revision) return undefined;
  return { ...(uri ? { uri } : {}), ...(revision ? { revision } : {}) };
}

/** A package that was a gap before under the same name is no news. */
function findNewGaps(before: Judged, after: Judged): Comparison['newGaps'] {
  const known = listGapKeys(before);
  const keyOf = createGapKey(after);
  return after.matching.coverage.gaps
    .filter((gap) => !known.has(keyOf(gap)))
    .map(({ name, version, why }) => ({ name, version, why }));
}

function listGapKeys(judged: Judged): ReadonlySet<string> {
  return new Set(judged.matching.coverage.gaps.map(createGapKey(judged)));
}

/** A gap names no type; the package that it is of does. */
function createGapKey({ inventory }: Judged): (gap: CoverageGap) => string {
  const typeOf = new Map(inventory.packages.map(({ purl, type }) => [purl, type]));
  return ({ purl, name }) => packageKey({ type: typeOf.get(purl) ?? '', name });
}

function compareBases(before: BaseImage | undefined, after: BaseImage | undefined): BaseTrend {
  if (before === undefined || after === undefined) return 'unknown';
  const isSameName = before.reference !== undefined && before.reference === after.reference;
  if (before.digest === undefined || after.digest === undefined) return isSameName ? 'unknown' : 'changed';
  if (before.digest === after.digest) return 'same';
  return isSameName ? 'rebuilt' : 'changed';
}

function compareLayers(
  before: readonly LayerSummary[],
  after: readonly LayerSummary[],
): Comparison['layers'] {
  let shared = 0;
  while (shared < before.length && before[shared]?.diffId === after[shared]?.diffId) shared += 1;
  return { before: before.length, after: after.length, shared };
}

function describeFeeds(matchings: readonly Matching[]): Pick<Comparison, 'advisories'> {
  const times = matchings.flatMap(({ coverage }) => coverage.feeds.map(({ refreshedAt }) => refreshedAt));
  if (times.length === 0) return {};
  return {
    advisories: {
      oldestAt: formatInstant(Math.min(...times)),
      newestAt: formatInstant(Math.max(...times)),
    },
  };
}
