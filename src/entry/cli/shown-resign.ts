// What `dct resign` did, tag by tag. The members are those of `--format json`; times are RFC 3339.
import type { Refusal, ResignStep } from '../../engines/dct/resign-plan.ts';
import type { Doubt } from '../../engines/dct/tag-evidence.ts';
import type { ShownSigner } from './shown-verification.ts';

export interface ShownResignTag {
  readonly tag: string;
  /** `planned` of a dry run; `kept` where this signer had signed all of it before. */
  readonly action: 'signed' | 'kept' | 'planned' | 'refused';
  /** That Content Trust named; absent where it signed no such tag. */
  readonly digest?: string;
  readonly role?: string;
  readonly standing?: 'held' | 'doubtful' | 'refused';
  readonly doubts?: readonly Doubt[];
  /** Of what is refused. */
  readonly refusal?: Refusal;
  readonly why?: string;
  /** Manifests that hang on the digest now. */
  readonly written: readonly { readonly predicateType: string; readonly manifest: string }[];
}

export interface ShownResign {
  /** As Content Trust names it. */
  readonly repository: string;
  /** Where it was signed anew. */
  readonly place: string;
  /** The time that the old evidence was judged at. */
  readonly judgedAt: string;
  /** Digest of the archive as an OCI artifact. */
  readonly archive: string;
  readonly isDryRun: boolean;
  readonly accepted?: { readonly doubts: readonly Doubt[]; readonly reason: string };
  /** Absent where nothing was to be signed. */
  readonly signer?: ShownSigner;
  readonly vouchedBy?: string;
  readonly tags: readonly ShownResignTag[];
}

/** Without `written` of what was to be signed: a dry run. */
export function showStep(step: ResignStep, written?: ShownResignTag['written']): ShownResignTag {
  const { tag, evidence } = step;
  const action =
    step.kind === 'refused'
      ? 'refused'
      : written === undefined
        ? 'planned'
        : written.length === 0
          ? 'kept'
          : 'signed';
  return {
    tag,
    action,
    ...(evidence?.digest === undefined ? {} : { digest: evidence.digest }),
    ...(evidence === undefined
      ? {}
      : { role: evidence.role, standing: evidence.standing, doubts: evidence.doubts }),
    ...(step.kind === 'refused' ? { refusal: step.refusal, why: step.why } : {}),
    written: written ?? [],
  };
}
