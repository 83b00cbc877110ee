// What a signature must be to be taken: asked for by a person on the command line, or by a trust policy.
import type { Digest } from '../../formats/oci/digest.ts';
import type { TextPattern } from './pattern.ts';

export interface Expectations {
  /**
   * `signature`: a signature of the image itself, which a statement about it is not. A list: a statement of one of
   * these predicate types. `any`: whatever was signed about it.
   */
  readonly kind: 'signature' | 'any' | readonly string[];
  /** Of the certificate: any of its names. */
  readonly identity?: TextPattern;
  readonly issuer?: TextPattern;
  /** Fulcio's claims: where the source is, and whose workflow built it. */
  readonly sourceRepository?: TextPattern;
  readonly sourceRef?: TextPattern;
  readonly builder?: TextPattern;
  readonly runner?: TextPattern;
  /** GitHub's claims of the workflow, each exactly. */
  readonly workflow?: WorkflowClaims;
  /** Logs that must have it. Default: 1 for a certificate, 0 for a key. */
  readonly logs?: number;
  /** Certificate logs that must have promised to publish the certificate. Default 1. */
  readonly certificateLogs?: number;
  /** Proven times. Default: 1 for a certificate, 0 for a key. With 0 a certificate must be valid now. */
  readonly times?: number;
  /** It must have been signed for this name, and this tag. */
  readonly tag?: { readonly name: string; readonly tag: string };
  /** What was taken back. Absent: not looked at, and no check says anything of it. */
  readonly revocations?: readonly Revocation[];
  /** How long ago it may have been signed. */
  readonly maxAgeMs?: number;
  /** Whether enough witnesses cosigned a log's checkpoint; may throw a coded error. Absent: not looked at. */
  readonly witnesses?: JudgeWitnesses;
}

/** `sentence` is for people, with who did. */
export type JudgeWitnesses = (checkpoint: string) => {
  readonly isReached: boolean;
  readonly sentence: string;
};

/** What a certificate says of the workflow that asked for it, as cosign's flags name it. */
export interface WorkflowClaims {
  /** `owner/name` of the source. */
  readonly repository?: string;
  readonly ref?: string;
  /** The source's commit. */
  readonly sha?: string;
  readonly name?: string;
  readonly trigger?: string;
}

/** What somebody took back, from when on. */
export type Revocation = {
  readonly why: string;
  /** Who said so, for people, and when they say that they did. Absent where it is not known. */
  readonly said?: { readonly by: string; readonly at: Date };
} & (
  | { readonly kind: 'digest'; readonly digest: Digest }
  /** SHA-256 of SubjectPublicKeyInfo, hex; what it signed before `from` stays. Without a time: all. */
  | { readonly kind: 'key'; readonly thumbprint: string; readonly from?: Date }
  /** Serial in hex, as openssl prints it; case does not count. */
  | { readonly kind: 'certificate'; readonly serial: string }
  | { readonly kind: 'identity'; readonly identity: string; readonly from?: Date }
);

/** The predicate of a bundle that signs an image and says nothing else about it. */
export const signaturePredicateType = 'https://sigstore.dev/cosign/sign/v1';

/** The predicate `{ name, tag, digest }`: this tag of this repository means this digest. */
export const tagPredicateType = 'https://plimsoll.dev/tag-binding/v1';
