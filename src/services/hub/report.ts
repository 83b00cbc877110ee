// The report on one image: what `plimsoll inspect` prints, a page shows and a scan stores.
// Plain JSON, versioned by `schema`; the API's contract and the command line format it, nobody else makes it.

import type { Matching } from '../../engines/advisory/finding.ts';
import type { FixGroup } from '../../engines/advisory/fix-group.ts';
import type { Severity } from '../../engines/advisory/record.ts';
import type { Attestation } from '../../engines/attest/attestation.ts';
import type { Lineage } from '../../engines/lineage/lineage.ts';
import type { Verdict } from '../../engines/policy/verdict.ts';
import type { Inventory } from '../../engines/sbom/inventory.ts';
import type { ImageConfig } from '../../formats/oci/config.ts';
import type { Digest } from '../../formats/oci/digest.ts';
import type { Unknown } from '../../io/images/files.ts';

/** What was looked at: an image, a folder of files, or somebody's SBOM. */
export interface ReportSubject {
  /** Absent for an image. */
  readonly kind?: 'folder' | 'sbom';
  /** As the user wrote it, or repository:tag in the own store; what an SBOM says that it is about. */
  readonly reference: string;
  /** Digest of the platform's image manifest; of a folder's wanted files; of an SBOM document's bytes. */
  readonly digest: Digest;
  /** Digest of the index it was chosen from, where there was one. */
  readonly indexDigest?: Digest;
  readonly platform?: string;
  /** Compressed: config and layers; of a folder all its files; absent for an SBOM. */
  readonly sizeBytes?: number;
  /** Absent for a folder and an SBOM. */
  readonly config?: ImageConfig;
  /** Of the image manifest, where it has any. */
  readonly annotations?: Readonly<Record<string, string>>;
  /** What hangs on the image; absent where nobody looked. */
  readonly attestations?: readonly Attestation[];
  /** What hangs on it and could not be listed or read; absent where there is none. */
  readonly attestationUnknowns?: readonly Unknown[];
}

/** An image: it always has a size and a configuration. */
export interface ImageSubject extends ReportSubject {
  readonly sizeBytes: number;
  readonly config: ImageConfig;
}

export interface Report<S extends ReportSubject = ReportSubject> {
  readonly schema: 1;
  readonly createdAt: string;
  readonly subject: S;
  readonly inventory: Inventory;
  readonly matching: Matching;
  readonly fixes: readonly FixGroup[];
  /** Absent where nobody looked for the base. */
  readonly lineage?: Lineage;
  readonly verdict: Verdict;
}

export type ImageReport = Report<ImageSubject>;

/** Small enough for lists: kept beside the report. */
export interface ReportSummary {
  readonly answer: string;
  readonly outcome: Verdict['outcome'];
  readonly loadLine: Verdict['loadLine'];
  readonly packages: number;
  readonly judged: number;
  readonly findings: Readonly<Record<Severity, number>>;
  readonly fixable: number;
  readonly platform?: string;
  readonly sizeBytes: number;
  readonly distribution?: string;
}
