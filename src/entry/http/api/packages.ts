// The packages of a report as a table: each with its findings counted, or why no feed judges it.
import type { Severity } from '../../../engines/advisory/record.ts';
import type { Package } from '../../../engines/sbom/inventory.ts';
import type { Report } from '../../../services/hub/report.ts';
import { countSeverities } from '../../../services/hub/summary.ts';
import type * as contract from '../contract.ts';

export function listPackages(report: Report, query: contract.PackageQuery): contract.PackageList {
  const text = query.q?.toLowerCase();
  const kept = report.inventory.packages
    .filter((one) => query.type === undefined || one.type === query.type)
    .filter((one) => query.layer === undefined || isInLayer(one, query.layer))
    .filter((one) => text === undefined || isAbout(one, text));
  const found = groupFindings(report);
  const sorted = sortPackages(kept, query, found);
  const gaps = new Map(report.matching.coverage.gaps.map((gap) => [gap.purl, gap.why]));
  return {
    packages: sorted
      .slice(query.offset, query.offset + query.limit)
      .map((one) => shapePackage(one, found.get(one.purl) ?? [], gaps.get(one.purl))),
    total: kept.length,
    offset: query.offset,
  };
}

type Found = ReadonlyMap<string, readonly { readonly severity: Severity }[]>;

function groupFindings({ matching }: Report): Found {
  return Map.groupBy(matching.findings, (finding) => finding.package.purl);
}

function isInLayer({ locations }: Package, position: number): boolean {
  return locations.some((location) => location.layerPosition === position);
}

function isAbout({ name, source, version }: Package, text: string): boolean {
  return [name, source?.name ?? '', version].some((field) => field.toLowerCase().includes(text));
}

/** Stable: what the order does not tell apart stays in the inventory's, type then name. */
function sortPackages(
  packages: readonly Package[],
  { sort, order }: contract.PackageQuery,
  found: Found,
): readonly Package[] {
  const sign = order === 'asc' ? 1 : -1;
  const weigh = (one: Package): number =>
    sort === 'findings' ? (found.get(one.purl)?.length ?? 0) : (one.locations[0]?.layerPosition ?? 0);
  if (sort === 'findings' || sort === 'layer')
    return packages.toSorted((a, b) => sign * (weigh(a) - weigh(b)));
  return packages.toSorted((a, b) => sign * (a[sort] < b[sort] ? -1 : a[sort] > b[sort] ? 1 : 0));
}

function shapePackage(
  one: Package,
  findings: readonly { readonly severity: Severity }[],
  gap: string | undefined,
): contract.PackageRow {
  const { type, name, version, purl, architecture, source, licenses, locations, foundBy } = one;
  return {
    type,
    name,
    version,
    purl,
    ...(architecture === undefined ? {} : { architecture }),
    ...(source === undefined ? {} : { sourceName: source.name, sourceVersion: source.version }),
    licenses: [...licenses],
    locations: locations.map((location) => ({ ...location })),
    foundBy,
    findings: countSeverities(findings),
    ...(gap === undefined ? {} : { gap }),
  };
}
