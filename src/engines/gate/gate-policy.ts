// What a gate lets in, as data: for namespaces, names and images, what must stand beside an image, and what becomes of
// the answer. Parsing is in gate-policy-file.ts, judging in judge-workload.ts. The first rule that matches counts, and
// an image that no rule is for is unknown.
import type { PatternText } from '../verify/pattern.ts';
import type { TrustPolicy } from '../verify/trust-policy.ts';

export type GateMode = 'enforce' | 'dry-run' | 'off';

export interface GatePolicy {
  /** As messages call it. */
  readonly name: string;
  /** Of namespaces that are not looked at: patterns, as all names of this file. */
  readonly exemptNamespaces: readonly string[];
  readonly rules: readonly GateRule[];
  /** Of an image that no rule is for. */
  readonly mode: GateMode;
  readonly onUnknown: 'deny' | 'allow';
  readonly onUnavailable: 'deny' | 'allow';
  /** Of an image that is named by a tag alone. */
  readonly onTag: 'deny' | 'warn';
  /** How long an answer about a digest is remembered; 0: not at all. */
  readonly rememberMs: number;
  readonly breakGlass?: BreakGlass;
  /** Files with trusted roots and keys, relative to the policy. */
  readonly rootFiles: readonly string[];
  readonly keyFiles: readonly string[];
  /** The witnesses without whose word no signature counts (C2SP tlog-policy). */
  readonly witnessFile?: string;
}

export interface GateRule {
  /** For messages and logs: its own name, or its place in the file. */
  readonly name: string;
  readonly namespaces: readonly string[];
  /** Of workloads. */
  readonly workloads: readonly string[];
  /** Of repositories with their host, as `images.example.org/acme/*`. */
  readonly images: readonly string[];
  readonly mode: GateMode;
  readonly demand: GateDemand;
}

export type GateDemand =
  /** Let in as it is. */
  | { readonly kind: 'exempt'; readonly why: string }
  /** All of these; never empty. */
  | { readonly kind: 'require'; readonly requirements: readonly Requirement[] };

export type Requirement = MarkRequirement | TrustRequirement | VerdictRequirement;

/** A mark: somebody's signed verdict that this digest passed a policy. */
export interface MarkRequirement {
  readonly kind: 'mark';
  readonly signer:
    | { readonly kind: 'key'; readonly key: string }
    | {
        readonly kind: 'identity';
        readonly issuer: PatternText;
        readonly identity: PatternText;
        /** One of the policy's trusted roots, by its file, under which alone it counts. */
        readonly root?: string;
      };
  /** The policy's address or name, as the mark has it: a pattern. Absent: any. */
  readonly policy?: string;
  /** The name that the mark must be for: a pattern; the image's own where absent. */
  readonly resource?: string;
  readonly maxAgeMs?: number;
}

/** What a trust policy demands. */
export interface TrustRequirement {
  readonly kind: 'trust';
  readonly file: string;
  /** Undefined until the file is read. */
  readonly policy?: TrustPolicy;
}

/** What a Plimsoll instance answers for the image. */
export interface VerdictRequirement {
  readonly kind: 'verdict';
  /** As in references: `images.example.org`. */
  readonly instance: string;
  /** Why the instance's word is enough without a signature; it then stands in every answer. */
  readonly aloneBecause?: string;
}

export interface BreakGlass {
  readonly longestMs: number;
  /** Patterns of who may break it by annotations. */
  readonly users: readonly string[];
  readonly groups: readonly string[];
  readonly openings: readonly Opening[];
}

/** One that is written in the file. */
export interface Opening {
  readonly namespaces: readonly string[];
  readonly images: readonly string[];
  readonly who: string;
  readonly why: string;
  readonly from: Date;
  readonly until: Date;
}
