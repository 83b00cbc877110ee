// What keeps a rule on vulnerabilities from a pass though nothing broke it: packages that no feed covers,
// files that could not be read, feeds that cannot know what is asked. Each is counted, and said once.
import type { Finding } from '../../advisory/finding.ts';
import { isMalicious } from '../../advisory/malicious.ts';
import { lookupOf } from '../../advisory/scope.ts';
import { describeEmptiness, describeUnknowns, type PolicyEvidence } from '../evidence.ts';

/** Reasons as sentences, and how many things they stand for. */
export interface Doubts {
  readonly reasons: readonly string[];
  readonly unjudged: number;
}

export interface DoubtWish {
  /** Package URL types that are asked about; all where empty. */
  readonly packageTypes: readonly string[];
  /** Whether findings without a fix are asked about too, which some feeds do not list. */
  readonly needsUnfixed: boolean;
}

export function listDoubts(evidence: PolicyEvidence, wish: DoubtWish): Doubts {
  const { inventory, matching } = evidence;
  const emptiness = describeEmptiness(inventory);
  const gaps = matching.coverage.gaps.filter(({ purl }) => isWanted(typeOfPurl(purl), wish.packageTypes));
  const blind = wish.needsUnfixed ? listFixedOnlyFeeds(evidence, wish.packageTypes) : [];
  return {
    reasons: [
      ...(emptiness === undefined ? [] : [emptiness]),
      ...describeGaps(gaps),
      ...describeUnknowns(inventory),
      ...blind.map((feed) => `${feed} lists only what has a fix, so what has none was not seen.`),
    ],
    unjudged: gaps.length + inventory.unknowns.length + blind.length + (emptiness === undefined ? 0 : 1),
  };
}

export function isWanted(type: string, packageTypes: readonly string[]): boolean {
  return packageTypes.length === 0 || packageTypes.includes(type);
}

/** `CVE-1 (critical) in curl 7.0, fixed in 8; …`: the first three, and how many more. */
export function describeFindings(findings: readonly Finding[], wordOf: (finding: Finding) => string): string {
  const listed = findings
    .slice(0, 3)
    .map((finding) => {
      const { name, version } = finding.package;
      return `${finding.id} (${wordOf(finding)}) in ${name} ${version}, ${describeMend(finding)}`;
    })
    .join('; ');
  return findings.length > 3 ? `${listed}; and ${findings.length - 3} more.` : `${listed}.`;
}

function describeMend({ fixedVersion, evidence }: Finding): string {
  if (fixedVersion !== undefined) return `fixed in ${fixedVersion}`;
  return isMalicious(evidence.recordId) ? 'remove it' : 'no fix yet';
}

/** One sentence per reason, the most frequent first: 90 packages of an uncovered release are one fact. */
function describeGaps(gaps: PolicyEvidence['matching']['coverage']['gaps']): readonly string[] {
  const byWhy = Map.groupBy(gaps, ({ why }) => why);
  const reasons = [...byWhy].sort(([, a], [, b]) => b.length - a.length);
  const told = reasons.slice(0, 3).map(([why, list]) => {
    const [first] = list;
    const who = list.length === 1 ? `${first?.name} ${first?.version}`.trim() : `${list.length} packages`;
    return `${who} not judged: ${why}.`;
  });
  return reasons.length > 3 ? [...told, `${reasons.length - 3} more reasons in the coverage.`] : told;
}

/** Feeds of the fixed-only class that no other feed makes up for in the same scope, where it is asked about. */
function listFixedOnlyFeeds(
  { inventory, matching }: PolicyEvidence,
  packageTypes: readonly string[],
): readonly string[] {
  const { feeds } = matching.coverage;
  const whole = new Set(feeds.filter((row) => row.coverage === 'affected').flatMap((row) => row.scopes));
  const keys = inventory.packages
    .filter(({ type }) => isWanted(type, packageTypes))
    .map((one) => lookupOf(one, inventory.distribution));
  const asked = new Set(keys.flatMap((key) => (key.kind === 'key' ? [key.scope] : [])));
  return feeds
    .filter(
      (row) =>
        row.coverage === 'fixed-only' && row.scopes.some((scope) => asked.has(scope) && !whole.has(scope)),
    )
    .map(({ feed }) => feed);
}

function typeOfPurl(purl: string): string {
  return /^pkg:([^/]+)\//.exec(purl)?.[1] ?? '';
}
