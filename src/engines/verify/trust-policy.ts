// Whom an image is believed from, as data: for names, who may sign, built by whom from which source, which
// statements must be there, and how old they may be. Parsing is in trust-policy-file.ts, judging in judge-trust.ts.
import type { WorkflowClaims } from './expectation.ts';
import type { PatternText } from './pattern.ts';

export interface TrustPolicy {
  /** As messages call it. */
  readonly name: string;
  /** The first whose names match is the one that counts. */
  readonly rules: readonly TrustRule[];
}

export interface TrustRule {
  /** Patterns of repositories with their host, as `images.example.org/acme/*`. */
  readonly names: readonly string[];
  /** Each of these may sign. */
  readonly signers: readonly TrustSigner[];
  /** How many different ones of them must have signed the image; 0 where only statements are asked for. */
  readonly signatures: number;
  readonly statements: readonly TrustStatement[];
  /** Whether the tag must be bound to the digest by one of them. */
  readonly isTagBound: boolean;
  readonly maxAgeMs?: number;
  /** As in `Expectations`. */
  readonly logs?: number;
  readonly times?: number;
  readonly certificateLogs?: number;
}

export type TrustSigner =
  /** The name of a key that is handed in. */
  | { readonly kind: 'key'; readonly key: string }
  | {
      readonly kind: 'identity';
      /** Policies name both; what a person asks for may leave one out, which is then unknown. */
      readonly issuer?: PatternText;
      readonly identity?: PatternText;
      readonly sourceRepository?: PatternText;
      readonly sourceRef?: PatternText;
      readonly builder?: PatternText;
      readonly runner?: PatternText;
      readonly workflow?: WorkflowClaims;
      /** The trusted root, by its name, under which alone it counts; any where absent. */
      readonly root?: string;
    };

export interface TrustStatement {
  readonly predicateType: string;
  readonly maxAgeMs?: number;
}
