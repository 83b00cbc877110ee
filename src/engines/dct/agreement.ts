// The old verdict and the new one on a tag, side by side: what Content Trust lets in, and what a trust policy does.
// They agree where both let the same digest in, or neither lets any. What either side does not know agrees with
// nothing.
import type { Digest } from '../../formats/oci/digest.ts';
import type { TagEvidence } from './tag-evidence.ts';

export const agreements = Object.freeze(['lost', 'gained', 'moved', 'unknown', 'same'] as const);
/**
 * `lost`: what Content Trust lets in, the policy does not. `gained`: the other way round. `moved`: both let one in, and
 * not the same.
 */
export type Agreement = (typeof agreements)[number];

export interface OldVerdict {
  readonly outcome: 'passed' | 'failed' | 'unknown';
  readonly digest?: Digest;
  /** The role whose word it is. */
  readonly role: string;
  /** Whether docker with content trust pulls it. */
  readonly isFollowed: boolean;
  /** For people, where it is not passed. */
  readonly why?: string;
}

export interface NewVerdict {
  readonly outcome: 'passed' | 'failed' | 'unknown';
  /** What the tag names in the registry; absent where that is not known, or it names nothing. */
  readonly digest?: Digest;
  /** For people, what is not proved; none where it passed. */
  readonly whys: readonly string[];
}

export function describeOld(evidence: TagEvidence): OldVerdict {
  const { standing, doubts, digest, role, isFollowed, why } = evidence;
  const outcome = standing === 'held' ? 'passed' : doubts.includes('unknown') ? 'unknown' : 'failed';
  return {
    outcome,
    ...(digest === undefined ? {} : { digest }),
    role,
    isFollowed,
    ...(why === undefined ? {} : { why }),
  };
}

export function judgeAgreement(old: OldVerdict, now: NewVerdict): Agreement {
  if (old.outcome === 'unknown' || now.outcome === 'unknown') return 'unknown';
  if (old.outcome !== now.outcome) return old.outcome === 'passed' ? 'lost' : 'gained';
  if (old.outcome === 'failed') return 'same';
  if (old.digest === undefined || now.digest === undefined) return 'unknown';
  return old.digest === now.digest ? 'same' : 'moved';
}
