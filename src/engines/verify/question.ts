// What is asked of the verifier: one bundle, one digest, whom to trust, and what it must be.
import type { Bundle } from '../../formats/sigstore/bundle.ts';
import type { TrustedRoot } from '../../formats/sigstore/trusted-root.ts';
import type { Expectations } from './expectation.ts';
import type { TrustedKey } from './signer.ts';
import type { Artifact } from './subject.ts';

export interface VerifyQuestion {
  readonly bundle: Bundle;
  readonly artifact: Artifact;
  /** Any number; the one under which the least is wrong counts. */
  readonly trustedRoots: readonly TrustedRoot[];
  /** Tried for a bundle that is signed by a key. */
  readonly keys?: readonly TrustedKey[];
  readonly expectations: Expectations;
  readonly now: Date;
}
