// The answer of `verify --notation`; the members are those of `--format json`.
import type { NotationVerdict } from '../../engines/notation/verify.ts';
import type { Unknown } from '../../io/images/files.ts';
import type { Skipped } from './shown-verification.ts';

export interface ShownNotarySignature extends NotationVerdict {
  readonly manifest: string;
  /** What the instance took back that it fell with; it is refused whatever the policy says. */
  readonly takenBack?: string;
}

export interface ShownNotation {
  readonly image: string;
  readonly digest: string;
  /** Where it was asked for by a tag, which no such signature binds. */
  readonly tag?: string;
  readonly verifiedAt: string;
  /**
   * One signature that is accepted is enough. `skipped`: the policy looks at nothing, so nothing is proved. `unknown`:
   * accepted, but whether it was taken back could not be read.
   */
  readonly outcome: 'accepted' | 'refused' | 'skipped' | 'unsigned' | 'unknown';
  /** Which statement of the trust policy judged it. */
  readonly statement: string;
  readonly level: string;
  readonly signatures: readonly ShownNotarySignature[];
  /** What was not asked for, since a flag said so. */
  readonly skipped: readonly Skipped[];
  readonly unknowns: readonly Unknown[];
}
