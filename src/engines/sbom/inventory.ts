// What an image holds: packages with evidence, and what could not be read. Small, frozen, plain JSON.
import type { Digest } from '../../formats/oci/digest.ts';
import type { LayerSummary, Unknown } from '../../io/images/files.ts';

/** From os-release, as it says. */
export interface Distribution {
  /** `debian`, `alpine`, ... */
  readonly id: string;
  /** `12`, `3.19.1`; absent for rolling releases: feeds are then "not covered", never "clean". */
  readonly versionId?: string;
  readonly codename?: string;
  readonly prettyName?: string;
  readonly idLike?: readonly string[];
}

export type PackageType = 'deb' | 'apk' | 'npm' | 'golang' | 'pypi';

/** Where a package was seen. */
export interface PackageLocation {
  /** Path without leading slash. */
  readonly path: string;
  /** Digest of the uncompressed layer. */
  readonly layerDiffId: Digest;
  /** -1 where an SBOM tells the digest alone. */
  readonly layerPosition: number;
}

export interface Package {
  readonly type: PackageType;
  readonly name: string;
  /** Empty where the evidence names none (e.g. a Go main module `(devel)`): an unknown says so. */
  readonly version: string;
  /** Package URL, canonical. */
  readonly purl: string;
  readonly architecture?: string;
  /** Debian: source package; Alpine: origin. What advisories name. */
  readonly source?: { readonly name: string; readonly version: string };
  /** As the evidence says it, unjudged: `GPL-2.0-only AND MIT`, or free text. */
  readonly licenses: readonly string[];
  /** Where the licences were read, e.g. usr/share/doc/x/copyright. */
  readonly licenseEvidence?: string;
  /**
   * Licence families that the package's whole licence statement never names. Debian Policy 12.5 has every
   * licence of a package in its copyright file, Alpine's APKBUILD(5) in its license field, so that silence is
   * evidence even where the labels are free text.
   */
  readonly excludedLicenses?: readonly 'AGPL'[];
  /** Who says they made it. */
  readonly supplier?: string;
  readonly locations: readonly PackageLocation[];
  /** Which cataloguer found it. */
  readonly foundBy: string;
  /** For Go: the package is the main module of the binary, the standard library, or a dependency. */
  readonly role?: 'main' | 'stdlib' | 'dependency';
}

/** The whole answer of engines/sbom/catalog. */
export interface Inventory {
  /** Version of this shape, for stored inventories. */
  readonly schema: 1;
  /** Of the image manifest; of a folder's wanted files; of an SBOM that names no image its own. */
  readonly digest: Digest;
  readonly platform?: string;
  readonly distribution?: Distribution;
  /** Sorted by type, name, version, path. */
  readonly packages: readonly Package[];
  readonly layers: readonly LayerSummary[];
  readonly unknowns: readonly Unknown[];
  readonly fileCount: number;
  readonly totalBytes: number;
}
