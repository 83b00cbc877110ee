// What is known of one image under what is required of it, and the port that finds it out. Passed is only what was
// proved; `unavailable` is that nobody could be asked, which is not the same as that nobody knows.
import type { Digest } from '../../formats/oci/digest.ts';
import type { RegistryReference } from '../../formats/oci/reference.ts';
import type { Requirement } from './gate-policy.ts';

export type VerdictOutcome = 'pass' | 'fail' | 'unknown' | 'unavailable';

export interface Reason {
  /** What is spoken of: `mark`, `trust`, `verdict`, `revocation`, or the id of a policy's rule. */
  readonly rule: string;
  /** For people, ended by a full stop. */
  readonly sentence: string;
  readonly fix?: string;
}

export interface ImageVerdict {
  readonly outcome: VerdictOutcome;
  readonly reasons: readonly Reason[];
  /** Why it was taken back: never let in, whatever else holds. */
  readonly revoked?: string;
}

export interface ImageQuestion {
  readonly reference: RegistryReference;
  readonly digest: Digest;
  readonly requirement: Requirement;
  readonly signal: AbortSignal;
}

/** Says what is known; a failure of its own is `unavailable` or `unknown`, and never thrown. */
export interface VerdictSource {
  judge(question: ImageQuestion): Promise<ImageVerdict>;
}

/** Of several requirements the worst; an image with none is unknown. */
export function joinVerdicts(verdicts: readonly ImageVerdict[]): ImageVerdict {
  const worst = ORDER.find((outcome) => verdicts.some((one) => one.outcome === outcome));
  const revoked = verdicts.find((one) => one.revoked !== undefined)?.revoked;
  return {
    outcome: revoked === undefined ? (worst ?? 'unknown') : 'fail',
    reasons: verdicts.flatMap(({ reasons }) => reasons),
    ...(revoked === undefined ? {} : { revoked }),
  };
}

const ORDER: readonly VerdictOutcome[] = ['fail', 'unavailable', 'unknown', 'pass'];
