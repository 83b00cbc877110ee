// Old and new verdicts side by side, as `dct compare` answers. The members are those of `--format json`, which the next
// run reads back with `--since`; times are RFC 3339.
import type { Agreement, NewVerdict, OldVerdict } from '../../engines/dct/agreement.ts';
import type { DualChange, dualReportFormat } from '../../engines/dct/dual-report.ts';

export interface ShownDualTag {
  readonly tag: string;
  readonly agreement: Agreement;
  readonly old: OldVerdict;
  readonly new: NewVerdict;
}

export interface ShownDual {
  readonly format: typeof dualReportFormat;
  /** As Content Trust names it. */
  readonly repository: string;
  /** Where the images are now. */
  readonly place: string;
  readonly policy: string;
  /** The time that the old verdicts are of, and the one of the new. */
  readonly judgedAt: string;
  readonly comparedAt: string;
  readonly trustedRoots: readonly string[];
  /** False where something in the archive is wrong and not only old: then no tag’s agreement says anything. */
  readonly isArchiveSound: boolean;
  /** Differences first, then what is unknown, then what agrees. */
  readonly tags: readonly ShownDualTag[];
  /** Of `--since`. */
  readonly since?: { readonly comparedAt: string; readonly changes: readonly DualChange[] };
}
