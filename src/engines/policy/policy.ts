// A policy: which rules hold, with what parameters and weights. Plain JSON; `plimsoll.yaml` is one way to
// write it (policy-file.ts), `standardPolicy` is what holds where nobody wrote one.
import { hashHex } from '../../kit/hash.ts';
import { stableJson } from '../../kit/json.ts';

/** One rule of a policy, with its parameters checked and defaulted by the rule's own schema. */
export interface PolicyRule {
  /** The rule's id: `fixable-vulnerabilities`. */
  readonly rule: string;
  /** What people call it where they gave it a title of their own. */
  readonly title?: string;
  /** In the score; 0 leaves it out. */
  readonly weight: number;
  readonly config: Readonly<Record<string, unknown>>;
}

export interface Policy {
  /** For people: `standard`, or the file it came from. */
  readonly name: string;
  /** At least one. */
  readonly rules: readonly PolicyRule[];
}

/** What holds where nobody wrote a policy: fixable critical and high vulnerabilities, root, the AGPL. */
export const standardPolicy: Policy = Object.freeze({
  name: 'standard',
  rules: Object.freeze([
    { rule: 'no-fixable-critical-or-high', weight: 20, config: {} },
    { rule: 'non-root-user', weight: 5, config: {} },
    { rule: 'no-agpl', weight: 5, config: {} },
  ]),
});

/** All that a policy says, as one text: equal policies have equal texts. Its SHA-256 names the policy. */
export function formatPolicy({ name, rules }: Policy): string {
  return stableJson({ name, rules });
}

/** `sha256:` and hex, of `formatPolicy`. */
export function digestPolicy(policy: Policy): `sha256:${string}` {
  return `sha256:${hashHex('sha256', formatPolicy(policy))}`;
}
