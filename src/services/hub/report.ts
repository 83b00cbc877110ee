// The report on one image: what `plimsoll inspect` prints, a page shows and a scan stores.
// Plain JSON, versioned by `schema`; the API's contract and the command line format it, nobody else makes it.

import type { Matching } from '../../engines/advisory/finding.ts';
import type { FixGroup } from '../../engines/advisory/fix-group.ts';
import type { Severity } from '../../engines/advisory/record.ts';
import type { Verdict } from '../../engines/policy/verdict.ts';
import type { Inventory } from '../../engines/sbom/inventory.ts';
import type { ImageConfig } from '../../formats/oci/config.ts';
import type { Digest } from '../../formats/oci/digest.ts';

/** Which image was looked at. */
export interface ReportSubject {
  /** As the user wrote it, or repository:tag in the own store. */
  readonly reference: string;
  /** Digest of the platform's image manifest. */
  readonly digest: Digest;
  /** Digest of the index it was chosen from, where there was one. */
  readonly indexDigest?: Digest;
  readonly platform?: string;
  /** Compressed: config and layers. */
  readonly sizeBytes: number;
  readonly config: ImageConfig;
}

export interface Report {
  readonly schema: 1;
  readonly createdAt: string;
  readonly subject: ReportSubject;
  readonly inventory: Inventory;
  readonly matching: Matching;
  readonly fixes: readonly FixGroup[];
  readonly verdict: Verdict;
}

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
