// Matching: each package of an inventory against the records of its key, with the comparison that said so.
// What no feed covers, what names no version, and what cannot be compared becomes a coverage gap: only
// packages without one count as judged. Same inventory and store, same answer.
import { judgeRanges } from '../../formats/packages/range.ts';
import type { AdvisoryRow, AdvisoryStore, FeedRow } from '../../io/advisories/store.ts';
import type { Inventory, Package } from '../sbom/inventory.ts';
import type { Coverage, CoverageGap, Finding, Matching } from './finding.ts';
import { type Match, mergeMatches } from './merge.ts';
import type { AdvisoryRecord } from './record.ts';
import { type Lookup, lookupOf } from './scope.ts';
import { compareSeverity } from './severity.ts';

type Key = Extract<Lookup, { kind: 'key' }>;
type ParsedRow = Pick<AdvisoryRow, 'feed'> & { readonly record: AdvisoryRecord };

/** Findings and coverage of one inventory; throws `advisories.store_damaged` where the store cannot be read. */
export function matchInventory(inventory: Inventory, store: AdvisoryStore): Matching {
  const feeds = store.feeds();
  const covered = new Set(feeds.flatMap(({ scopes }) => scopes));
  const read = createRowReader(store);
  const used = new Set<string>();
  const findings: Finding[] = [];
  const gaps: CoverageGap[] = [];
  for (const pkg of inventory.packages) {
    const lookup = lookupOf(pkg, inventory.distribution);
    if (lookup.kind === 'gap') {
      gaps.push(gapOf(pkg, lookup.why));
      continue;
    }
    if (!covered.has(lookup.scope)) {
      gaps.push(gapOf(pkg, `no advisory feed covers ${lookup.scope}`));
      continue;
    }
    used.add(lookup.scope);
    const judged = judgePackage(pkg, lookup, read(lookup));
    findings.push(...judged.findings);
    if (judged.why !== undefined) gaps.push(gapOf(pkg, judged.why));
  }
  return {
    findings: findings.sort(compareFindings),
    coverage: describeCoverage(inventory.packages.length, gaps, feeds, used),
  };
}

/** Binary packages of one source share their rows; a large source has thousands. */
function createRowReader(store: AdvisoryStore): (key: Key) => readonly ParsedRow[] {
  const known = new Map<string, readonly ParsedRow[]>();
  return ({ scope, name }) => {
    const key = `${scope}\n${name}`;
    const rows =
      known.get(key) ??
      store.find(scope, name).map(({ feed, body }) => ({ feed, record: JSON.parse(body) as AdvisoryRecord }));
    known.set(key, rows);
    return rows;
  };
}

function judgePackage(
  pkg: Package,
  key: Key,
  rows: readonly ParsedRow[],
): { readonly findings: readonly Finding[]; readonly why?: string } {
  const matches: Match[] = [];
  const doubts: string[] = [];
  for (const { feed, record } of rows) {
    if (record.isUndetermined === true) {
      doubts.push(`${feed} has not determined whether ${record.id} affects it`);
      continue;
    }
    const verdict = judgeRanges(record.order, key.version, record);
    if (verdict.kind === 'incomparable') doubts.push(`${record.id}: ${verdict.why}`);
    if (verdict.kind === 'affected') {
      const { comparison, fixedVersion } = verdict;
      matches.push({ feed, record, comparison, ...(fixedVersion === undefined ? {} : { fixedVersion }) });
    }
  }
  const findings = mergeMatches(matches).map((match) => findingOf(pkg, key, match));
  if (doubts.length === 0) return { findings };
  const more = doubts.length > 1 ? `, and ${doubts.length - 1} more` : '';
  return { findings, why: `${doubts[0]}${more}` };
}

function findingOf(pkg: Package, key: Key, match: Match): Finding {
  const { record, comparison, fixedVersion } = match;
  const { level, score, vector, by } = record.severity;
  const names = [...new Set([record.id, ...record.aliases])];
  const id = names.find((name) => name.startsWith('CVE-')) ?? record.id;
  const location = pkg.locations[0];
  return {
    id,
    aliases: names.filter((name) => name !== id),
    severity: level,
    ...(score === undefined ? {} : { score }),
    ...(vector === undefined ? {} : { vector }),
    severityBy: by,
    ...(record.summary === undefined ? {} : { summary: record.summary }),
    ...(record.url === undefined ? {} : { url: record.url }),
    ...(record.note === undefined ? {} : { note: record.note }),
    ...(record.publishedAt === undefined ? {} : { publishedAt: record.publishedAt }),
    package: {
      purl: pkg.purl,
      type: pkg.type,
      name: pkg.name,
      version: pkg.version,
      matchedName: key.name,
      matchedVersion: key.version,
      path: location?.path ?? '',
      layerDiffId: location?.layerDiffId ?? '',
      layerPosition: location?.layerPosition ?? -1,
    },
    ...(fixedVersion === undefined ? {} : { fixedVersion }),
    evidence: { feed: match.feed, recordId: match.record.id, scope: key.scope, comparison },
  };
}

function gapOf({ purl, name, version }: Package, why: string): CoverageGap {
  return { purl, name, version, why };
}

function describeCoverage(
  packages: number,
  gaps: readonly CoverageGap[],
  feeds: readonly FeedRow[],
  used: ReadonlySet<string>,
): Coverage {
  return {
    packages,
    judged: packages - gaps.length,
    gaps,
    feeds: feeds
      .filter(({ scopes }) => scopes.some((scope) => used.has(scope)))
      .map(({ feed, refreshedAt, coverage, scopes }) => ({ feed, refreshedAt, coverage, scopes })),
  };
}

/** Severity, then fixable first, then id, then package. */
function compareFindings(a: Finding, b: Finding): number {
  return (
    compareSeverity(a.severity, b.severity) ||
    Number(a.fixedVersion === undefined) - Number(b.fixedVersion === undefined) ||
    compareText(a.id, b.id) ||
    compareText(a.package.name, b.package.name) ||
    compareText(a.package.purl, b.package.purl)
  );
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
