// The answer of `verify --notation`; the members are those of `--format json`.
import type { NotationVerdict } from '../../engines/notation/verify.ts';
import type { Unknown } from '../../io/images/files.ts';

export interface ShownNotation {
  readonly image: string;
  readonly digest: string;
  /** Where it was asked for by a tag, which no such signature binds. */
  readonly tag?: string;
  readonly verifiedAt: string;
  /** One signature that is accepted is enough. `skipped`: the policy looks at nothing, so nothing is proved. */
  readonly outcome: 'accepted' | 'refused' | 'skipped' | 'unsigned';
  /** Which statement of the trust policy judged it. */
  readonly statement: string;
  readonly level: string;
  readonly signatures: readonly (NotationVerdict & { readonly manifest: string })[];
  readonly unknowns: readonly Unknown[];
}
