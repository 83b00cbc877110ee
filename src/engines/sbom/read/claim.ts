// What an SBOM document says, whatever its format: the one shape between the readers and the inventory. A claim is
// what was written, not yet what can be judged.
import type { Digest } from '../../../formats/oci/digest.ts';
import type { Facts } from '../facts/fact.ts';
import type { Distribution, PackageLocation } from '../inventory.ts';

export interface PackageClaim {
  /** As written; mostly one. */
  readonly purls: readonly string[];
  /** With its scope or group: `@s/n`. */
  readonly name: string;
  /** Empty where none is told. */
  readonly version: string;
  readonly licenses: readonly string[];
  readonly supplier?: string;
  readonly locations: readonly PackageLocation[];
  /** What it was built from; the version is empty where it is not told. */
  readonly source?: { readonly name: string; readonly version: string };
  readonly facts: Facts;
  /** What the document is about, e.g. the image: a package only where its type can be judged. */
  readonly isSubject?: boolean;
}

export interface DocumentClaim {
  /** `SPDX 2.3`, `CycloneDX 1.6`, `syft 16.0.0`. */
  readonly format: string;
  readonly name?: string;
  /** Of the image that was looked at. */
  readonly digest?: Digest;
  readonly distributions: readonly Distribution[];
  readonly packages: readonly PackageClaim[];
  /** Entries among the packages that are no objects. */
  readonly malformed: number;
  readonly facts: Facts;
}
