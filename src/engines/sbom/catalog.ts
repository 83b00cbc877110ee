// From a squashed view to an inventory: asks every cataloguer, merges what several files prove, sorts.
// Pure and deterministic: the same view gives the same inventory, byte for byte as JSON.
import type { Digest } from '../../formats/oci/digest.ts';
import type { FileWish, SquashedView, Unknown } from '../../io/images/files.ts';
import { cataloguers } from './cataloguers/all.ts';
import { type CataloguerWish, createEvidence } from './cataloguers/cataloguer.ts';
import { distributionWish, findDistribution } from './cataloguers/distribution.ts';
import type { Inventory, Package, PackageLocation } from './inventory.ts';

/** Every file that the inventory needs, as one wish for the squashing pass. */
export function createWish(): FileWish {
  const wishes: readonly CataloguerWish[] = [distributionWish, ...cataloguers.map(({ wish }) => wish)];
  const combined: FileWish = {
    name: 'inventory',
    paths: wishes.flatMap(({ paths = [] }) => paths),
    wants(path, file) {
      let answer: ReturnType<FileWish['wants']> = false;
      for (const wish of wishes) {
        const one = wish.wants(path, file);
        if (one === 'whole') return one;
        answer = one || answer;
      }
      return answer;
    },
    keeps: (path, head) => wishes.some((wish) => wish.keeps?.(path, head) === true),
    // Whoever names the path sets its bound; a file that is found by its first bytes has the last one's.
    limitBytes: (path) =>
      (wishes.find((wish) => wish.keeps === undefined && wish.wants(path, NAMED) !== false) ?? wishes.at(-1))
        ?.limitBytes ?? 0,
    reduce: (path, bytes) => wishes.reduce((kept, wish) => wish.reduce?.(path, kept) ?? kept, bytes),
  };
  return Object.freeze(combined);
}

const NAMED = Object.freeze({ sizeBytes: 0, mode: 0o644 });

/** The inventory of one image. `digest` is that of its manifest. */
export function catalog(
  view: SquashedView,
  subject: { readonly digest: Digest; readonly platform?: string },
): Inventory {
  const { distribution, unknowns: fromDistribution } = findDistribution(view);
  const evidence = createEvidence(view, distribution);
  const packages: Package[] = [];
  const unknowns: Unknown[] = [...view.unknowns, ...fromDistribution];
  for (const cataloguer of cataloguers) {
    const found = cataloguer.find(evidence);
    packages.push(...found.packages);
    unknowns.push(...found.unknowns);
  }
  if (distribution === undefined && fromDistribution.length === 0 && packages.some(isSystemPackage)) {
    unknowns.push({
      where: 'etc/os-release',
      why: 'Missing: the distribution of the system packages is not known.',
    });
  }
  return Object.freeze({
    schema: 1,
    digest: subject.digest,
    ...(subject.platform && { platform: subject.platform }),
    ...(distribution !== undefined && { distribution }),
    packages: settlePackages(packages),
    layers: view.layers,
    unknowns: uniqueUnknowns(unknowns),
    fileCount: view.fileCount,
    totalBytes: view.totalBytes,
  });
}

function isSystemPackage(one: Package): boolean {
  return one.type === 'deb' || one.type === 'apk';
}

/** Merged and in the inventory's order. */
export function settlePackages(packages: readonly Package[]): readonly Package[] {
  return merge(packages).toSorted(comparePackages);
}

/** One package per package URL: the places join, the first evidence of anything else holds. */
function merge(packages: readonly Package[]): readonly Package[] {
  const groups = Map.groupBy(packages, ({ purl }) => purl);
  return [...groups.values()].map((group) => {
    const first = group[0] as Package;
    if (group.length === 1) return first;
    const places = new Map<string, PackageLocation>();
    for (const place of group.flatMap(({ locations }) => locations)) places.set(place.path, place);
    const licensed = group.find(({ licenses }) => licenses.length > 0) ?? first;
    const { licenses, licenseEvidence } = licensed;
    return Object.freeze({
      ...first,
      licenses,
      ...(licenseEvidence !== undefined && { licenseEvidence }),
      ...(group.some(({ role }) => role === 'main') && { role: 'main' as const }),
      locations: [...places.values()].toSorted((a, b) => compareText(a.path, b.path)),
    });
  });
}

function comparePackages(a: Package, b: Package): number {
  return (
    compareText(a.type, b.type) ||
    compareText(a.name, b.name) ||
    compareText(a.version, b.version) ||
    compareText(a.locations[0]?.path ?? '', b.locations[0]?.path ?? '') ||
    compareText(a.purl, b.purl)
  );
}

/** By code unit: the same on every machine. */
function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

export function uniqueUnknowns(unknowns: readonly Unknown[]): readonly Unknown[] {
  return [...new Map(unknowns.map((one) => [`${one.where}\n${one.why}`, one])).values()];
}
