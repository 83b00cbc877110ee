// Every rule type, in the order in which they are shown: those of the standard policy, then the others.
import { approvedBaseImages } from './approved-lineage.ts';
import { copyleftLicense, noAgpl } from './copyleft-license.ts';
import { fixableVulnerabilities, noFixableCriticalOrHigh } from './fixable-vulnerabilities.ts';
import { noStaleBaseImages } from './fresh-lineage.ts';
import { highProfileVulnerabilities } from './high-profile-vulnerabilities.ts';
import { nonRootUser } from './non-root-user.ts';
import { qualityGate } from './quality-gate.ts';
import type { Rule } from './rule.ts';
import { supplyChainAttestations } from './supply-chain-attestations.ts';

export const rules: readonly Rule[] = Object.freeze([
  noFixableCriticalOrHigh,
  nonRootUser,
  noAgpl,
  fixableVulnerabilities,
  highProfileVulnerabilities,
  supplyChainAttestations,
  approvedBaseImages,
  noStaleBaseImages,
  qualityGate,
  copyleftLicense,
]);

/** The rule type of this id, or called so in policy files. */
export function findRule(name: string): Rule | undefined {
  return rules.find((rule) => rule.id === name || rule.names?.includes(name));
}
