// What a person can do about a rule that is not met, in a line: for those whom a gate has refused.
import type { FixGroup } from '../../engines/advisory/fix-group.ts';

/** Rules that are about what is wrong with packages, and which the fixes of a report mend. */
const ABOUT_PACKAGES: ReadonlySet<string> = new Set([
  'no-fixable-critical-or-high',
  'fixable-vulnerabilities',
  'high-profile-vulnerabilities',
  'quality-gate',
]);

const LINES: Readonly<Record<string, string>> = Object.freeze({
  'non-root-user': 'Set USER to another than root at the end of the Dockerfile.',
  'no-stale-base-images': 'Build on the base image as it is now.',
  'approved-base-images': 'Build on one of the bases that the policy approves.',
  'supply-chain-attestations':
    'Build with provenance and an SBOM: docker buildx build --provenance=mode=max --sbom=true.',
});

/** Undefined where nothing is known that would mend it. A rule that stands twice in a policy has `#2` behind it. */
export function fixOf(rule: string, fixes: readonly FixGroup[]): string | undefined {
  const [id = rule] = rule.split('#');
  if (!ABOUT_PACKAGES.has(id)) return LINES[id];
  const group = fixes.find(({ fixable }) => fixable);
  if (group === undefined) return undefined;
  return group.command === undefined ? `${group.title}.` : `${group.title}: ${group.command}`;
}
