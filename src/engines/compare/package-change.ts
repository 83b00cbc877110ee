// What became of each package, by type and name: a library that stands in several versions side by side (npm,
// Go programs) is one change with all its versions. The order of versions only says up or down; a difference is
// a difference of texts.
import { compareVersions, type VersionOrder } from '../../formats/packages/version-order.ts';
import { compareSeverity } from '../advisory/severity.ts';
import type { Inventory, Package } from '../sbom/inventory.ts';
import type { FindingNote, PackageChange } from './comparison.ts';
import { isFromBase } from './filter.ts';

export interface PackageSide {
  readonly inventory: Pick<Inventory, 'packages'>;
  /** How many of the lowest layers are the base's. */
  readonly baseLayers?: number | undefined;
}

/** Changes with their findings, and how many names did not change. */
export function comparePackages(
  before: PackageSide,
  after: PackageSide,
  fixed: readonly FindingNote[],
  introduced: readonly FindingNote[],
): { readonly changes: readonly PackageChange[]; readonly unchanged: number } {
  const old = groupByName(before.inventory.packages);
  const now = groupByName(after.inventory.packages);
  const notes = { fixed: groupNotes(fixed), introduced: groupNotes(introduced) };
  const changes: PackageChange[] = [];
  let unchanged = 0;
  for (const key of new Set([...old.keys(), ...now.keys()])) {
    const was = old.get(key) ?? [];
    const is = now.get(key) ?? [];
    const versions = { before: listVersions(was), after: listVersions(is) };
    if (was.length > 0 && is.length > 0 && versions.before.join('\n') === versions.after.join('\n')) {
      unchanged += 1;
      continue;
    }
    const shown = (is[0] ?? was[0]) as Package;
    const kind = was.length === 0 ? 'added' : is.length === 0 ? 'removed' : 'changed';
    const direction = judgeDirection(shown.type, versions.before, versions.after);
    const path = placeOf(kind === 'changed' ? newVersion(is, versions.before) : shown);
    const side = is.length > 0 ? after : before;
    const fromBase = isFromBase(shown.locations[0]?.layerPosition ?? -1, side.baseLayers);
    changes.push({
      kind,
      type: shown.type,
      name: shown.name,
      ...versions,
      ...(direction === undefined ? {} : { direction }),
      ...(path === undefined ? {} : { path }),
      ...(fromBase === undefined ? {} : { isFromBase: fromBase }),
      fixed: notes.fixed.get(key) ?? [],
      introduced: notes.introduced.get(key) ?? [],
    });
  }
  return { changes: changes.sort(compareChanges), unchanged };
}

/** Under which a package and its findings are the same in both images. */
export function packageKey({ type, name }: { readonly type: string; readonly name: string }): string {
  return `${type}\n${name}`;
}

function groupByName(packages: readonly Package[]): ReadonlyMap<string, readonly Package[]> {
  return Map.groupBy(packages, packageKey);
}

function groupNotes(notes: readonly FindingNote[]): ReadonlyMap<string, readonly FindingNote[]> {
  return Map.groupBy(notes, packageKey);
}

function listVersions(packages: readonly Package[]): readonly string[] {
  return [...new Set(packages.map(({ version }) => version))].sort();
}

/** Of several, the one that is new. */
function newVersion(packages: readonly Package[], before: readonly string[]): Package {
  return packages.find(({ version }) => !before.includes(version)) ?? (packages[0] as Package);
}

/** Databases hold many packages: only what has a file of its own is told by it. */
function placeOf({ type, locations }: Package): string | undefined {
  return type === 'deb' || type === 'apk' ? undefined : locations[0]?.path;
}

const ORDERS: Readonly<Record<Package['type'], VersionOrder>> = Object.freeze({
  deb: 'deb',
  apk: 'apk',
  npm: 'semver',
  golang: 'semver',
  pypi: 'pep440',
});

/** Where one version became one other. */
function judgeDirection(
  type: Package['type'],
  before: readonly string[],
  after: readonly string[],
): PackageChange['direction'] {
  const gone = before.filter((version) => !after.includes(version));
  const come = after.filter((version) => !before.includes(version));
  if (gone.length !== 1 || come.length !== 1) return undefined;
  const order = compareVersions(ORDERS[type], plain(type, gone[0] as string), plain(type, come[0] as string));
  return order === undefined || order === 0 ? undefined : order < 0 ? 'upgrade' : 'downgrade';
}

/** Go writes `v1.2.3`. */
function plain(type: Package['type'], version: string): string {
  return type === 'golang' ? version.replace(/^v/, '') : version;
}

function compareChanges(a: PackageChange, b: PackageChange): number {
  return (
    compareWorst(a.introduced, b.introduced) ||
    compareWorst(a.fixed, b.fixed) ||
    compareText(a.type, b.type) ||
    compareText(a.name, b.name)
  );
}

/** Those with a finding before those without, the most severe first, then the most. */
function compareWorst(a: readonly FindingNote[], b: readonly FindingNote[]): number {
  const [worstA, worstB] = [a[0], b[0]];
  if (worstA === undefined || worstB === undefined)
    return Number(worstA === undefined) - Number(worstB === undefined);
  return compareSeverity(worstA.severity, worstB.severity) || b.length - a.length;
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
