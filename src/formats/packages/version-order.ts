// The version orders by name. Each answers "cannot compare" with undefined and never guesses:
// what undefined means for a package (an unjudged gap, never "not affected") is the caller's to say.
import { compareApkVersions } from './apk-version.ts';
import { compareDebVersions } from './deb-version.ts';
import { comparePep440Versions } from './pep440-version.ts';
import { compareSemverVersions } from './semver-version.ts';

export type VersionOrder = 'deb' | 'apk' | 'semver' | 'pep440';

const ORDERS: Readonly<Record<VersionOrder, (a: string, b: string) => number | undefined>> = Object.freeze({
  deb: compareDebVersions,
  apk: compareApkVersions,
  semver: compareSemverVersions,
  pep440: comparePep440Versions,
});

/** Negative where `a` is older, 0 where equal, positive where newer; undefined where the order does not know. */
export function compareVersions(order: VersionOrder, a: string, b: string): number | undefined {
  // A store that a newer version published may name an order that this one lacks.
  return Object.hasOwn(ORDERS, order) ? ORDERS[order](a, b) : undefined;
}
