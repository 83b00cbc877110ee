// Under which (scope, name) a package is looked up, and with which version. Stored inventories are
// indexed by the same keys, so that changed advisories find the images they concern.
import type { Distribution, Inventory, Package } from '../sbom/inventory.ts';

export type Lookup =
  | { readonly kind: 'key'; readonly scope: string; readonly name: string; readonly version: string }
  /** The package cannot be looked up at all; `why` is a sentence. */
  | { readonly kind: 'gap'; readonly why: string };

/** The key of one package of an image of that distribution. */
export function lookupOf(pkg: Package, distribution: Distribution | undefined): Lookup {
  switch (pkg.type) {
    case 'deb':
    case 'apk':
      return lookupOfSystem(pkg, distribution);
    case 'golang':
      return lookupOfGo(pkg);
    case 'npm':
    case 'pypi':
      return pkg.version === ''
        ? gap(`${pkg.name} names no version`)
        : { kind: 'key', scope: pkg.type, name: pkg.name, version: pkg.version };
  }
}

/** Every key of an inventory, once: what a stored inventory is indexed by. */
export function inventoryKeys(
  inventory: Pick<Inventory, 'packages' | 'distribution'>,
): readonly { readonly scope: string; readonly name: string }[] {
  const keys = new Map<string, { readonly scope: string; readonly name: string }>();
  for (const pkg of inventory.packages) {
    const lookup = lookupOf(pkg, inventory.distribution);
    if (lookup.kind === 'key') {
      keys.set(`${lookup.scope}\n${lookup.name}`, { scope: lookup.scope, name: lookup.name });
    }
  }
  return [...keys.values()];
}

/** By source package or origin, in the image's own release: that is what distributions' advisories name. */
function lookupOfSystem(pkg: Package, distribution: Distribution | undefined): Lookup {
  if (distribution === undefined) return gap('the image does not say which distribution it is');
  const scope = scopeOf(distribution);
  if (scope === undefined) {
    const name = distribution.prettyName ?? distribution.id;
    return gap(`${name} has no release number, and advisories are per release`);
  }
  const { name, version } = pkg.source ?? pkg;
  if (version === '') return gap(`${pkg.name} names no version`);
  return { kind: 'key', scope, name, version };
}

/** `debian:12`, `alpine:v3.19`, `alpine:edge`, `ubuntu:24.04`; undefined for a release without a number. */
export function scopeOf({ id, versionId }: Distribution): string | undefined {
  if (versionId === undefined || versionId === '') return undefined;
  if (id === 'debian') return `debian:${versionId.split('.')[0]}`;
  if (id !== 'alpine') return `${id}:${versionId}`;
  // Edge calls itself by the release that it will become: 3.23_alpha20250612.
  if (versionId.includes('_')) return 'alpine:edge';
  return `alpine:v${versionId.split('.').slice(0, 2).join('.')}`;
}

/** Modules and the standard library alike; the inventory spells a toolchain's version as semver already. */
function lookupOfGo({ name, version, role }: Package): Lookup {
  if (version === '' || version === '(devel)') {
    return gap(
      role === 'stdlib' ? 'the Go toolchain is not a released one' : `${name} was built without a version`,
    );
  }
  return { kind: 'key', scope: 'go', name, version: version.replace(/^v/, '') };
}

function gap(why: string): Lookup {
  return { kind: 'gap', why };
}
