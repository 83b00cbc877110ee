// The one shape of a rule. Adding a rule is one file of this shape and one line in all.ts.
import type { PolicyEvidence } from '../evidence.ts';
import type { RuleVerdict } from '../verdict.ts';

export interface Rule {
  /** Stable, kebab-case: it stands in marks and exceptions. */
  readonly id: string;
  /** For people: what is required. */
  readonly title: string;
  /** One or two sentences for the reference page: when it fails, when it is unknown. */
  readonly meaning: string;
  judge(evidence: PolicyEvidence): RuleAnswer;
}

/** A verdict without the rule's own name. `excess` is 0 unless it fails; `unjudged` 0 unless something was not judged. */
export type RuleAnswer = Omit<RuleVerdict, 'rule' | 'title'>;
