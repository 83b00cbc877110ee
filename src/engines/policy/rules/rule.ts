// The one shape of a rule type. Adding one is one file of this shape and one line in all.ts. Its parameters
// are a schema with defaults and descriptions: the policy file, its JSON Schema and the reference page are
// made from it.
import type { ZodType } from 'zod';
import type { Finding } from '../../advisory/finding.ts';
import type { PolicyEvidence } from '../evidence.ts';
import type { RuleVerdict } from '../verdict.ts';

export interface Rule<C = unknown> {
  /** Stable, kebab-case: it stands in policy files, marks and exceptions. */
  readonly id: string;
  /** Other names that a policy file may call it by. */
  readonly names?: readonly string[];
  /** For people: what is required. */
  title(config: C): string;
  /** One or two sentences for the reference page: when it fails, when it is unknown. */
  readonly meaning: string;
  /** In the score, where the policy does not say. */
  readonly weight: number;
  /** An object without unknown keys; every key has a default, and a description of one sentence. */
  readonly config: ZodType<C> & { readonly shape: Readonly<Record<string, ZodType>> };
  judge(evidence: PolicyEvidence, config: C): RuleAnswer;
  /** For rules on vulnerabilities: whether this finding is one that fails it. */
  isBrokenBy?(finding: Finding, config: C, evidence: PolicyEvidence): boolean;
}

/** A verdict without what the policy adds. `excess` is 0 unless it fails; `unjudged` 0 unless something was not judged. */
export type RuleAnswer = Omit<RuleVerdict, 'rule' | 'title' | 'weight'>;

/** The answer where one thing was asked and is not known. */
export function answerUnknown(label: string, ...reasons: readonly string[]): RuleAnswer {
  return { outcome: 'unknown', label, reasons, excess: 0, unjudged: 1 };
}

export function answerPass(label: string, ...reasons: readonly string[]): RuleAnswer {
  return { outcome: 'pass', label, reasons, excess: 0, unjudged: 0 };
}

/** Not met, by one. */
export function answerFail(label: string, ...reasons: readonly string[]): RuleAnswer {
  return { outcome: 'fail', label, reasons, excess: 1, unjudged: 0 };
}
