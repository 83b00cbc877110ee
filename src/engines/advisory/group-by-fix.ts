// What a person can do: findings grouped by the one step that mends them. Names and versions come from the
// image, so a line to copy is only given where every word of it is harmless to a shell.
import { compareVersions, type VersionOrder } from '../../formats/packages/version-order.ts';
import type { Finding, Matching } from './finding.ts';
import type { FixGroup } from './fix-group.ts';
import { isMalicious } from './malicious.ts';
import { compareSeverity } from './severity.ts';

/** Groups: malicious packages, then the step that mends most of the severe; what has no fix comes last. */
export function groupByFix(matching: Pick<Matching, 'findings'>): readonly FixGroup[] {
  const byKey = new Map<string, Finding[]>();
  for (const finding of matching.findings) {
    const key = keyOf(finding);
    byKey.set(key, [...(byKey.get(key) ?? []), finding]);
  }
  return [...byKey].map(([key, findings]) => describeGroup(key, findings)).sort(compareGroups);
}

/** Whether one of the steps that groups name would mend it: an upgrade, or removing a malicious package. */
export function isFixable(finding: Finding): boolean {
  return finding.fixedVersion !== undefined || isMalicious(finding.evidence.recordId);
}

function keyOf(finding: Finding): string {
  const { type, matchedName } = finding.package;
  if (isMalicious(finding.evidence.recordId)) return 'malicious';
  if (finding.fixedVersion === undefined) return 'none';
  if (type === 'deb' || type === 'apk') return `${type}-upgrade`;
  if (type === 'golang') return matchedName === 'stdlib' ? 'go-toolchain' : `go:${matchedName}`;
  return `${type}:${matchedName}`;
}

function describeGroup(key: string, unsorted: readonly Finding[]): FixGroup {
  const findings = unsorted.toSorted((a, b) => compareSeverity(a.severity, b.severity));
  const steps = listSteps(findings);
  const first = findings[0] as Finding;
  const fixed = steps.reduce((best, { fixed: version }) => higher(first, best, version), '');
  const group = { key, findings, fixable: key !== 'none', detail: describeSteps(steps, findings.length) };
  switch (key) {
    case 'none':
      return { ...group, title: 'No fix yet', detail: describeUnfixed(steps, findings.length) };
    case 'malicious':
      return {
        ...group,
        title: `Remove ${countOf(steps.length, 'malicious package')}`,
        detail: `Published to do harm: ${listSome(steps.map(({ name, version }) => `${name} ${version}`))}.`,
      };
    case 'deb-upgrade':
    case 'apk-upgrade':
      return {
        ...group,
        title: `Upgrade ${countOf(steps.length, `${vendorOf(first)} package`)}`,
        ...commandOf(key === 'deb-upgrade' ? APT : APK, ...steps.map(({ name }) => name)),
      };
    case 'go-toolchain':
      return { ...group, title: `Build with Go ${fixed}` };
    default:
      return {
        ...group,
        title: `Update ${first.package.matchedName} to ${fixed}`,
        ...updateCommand(first, fixed),
      };
  }
}

/** How the package's own tool gets that version. */
function updateCommand({ package: { type, matchedName } }: Finding, fixed: string) {
  if (type === 'golang') return commandOf('go get', `${matchedName}@v${fixed}`);
  if (type === 'pypi') return commandOf('pip install --upgrade', `${matchedName}==${fixed}`);
  return commandOf('npm install', `${matchedName}@${fixed}`);
}

const APT = 'apt-get update && apt-get install --only-upgrade -y';
const APK = 'apk upgrade --no-cache';

/** One installed package and the version that mends all of it. */
interface Step {
  readonly name: string;
  readonly version: string;
  readonly fixed: string;
}

function listSteps(findings: readonly Finding[]): readonly Step[] {
  const steps = new Map<string, Step>();
  for (const finding of findings) {
    const { purl, name, version } = finding.package;
    const fixed = higher(finding, steps.get(purl)?.fixed ?? '', finding.fixedVersion ?? '');
    steps.set(purl, { name, version, fixed });
  }
  return [...steps.values()].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

/** The higher of two versions in the finding's order; the first where they cannot be compared. */
function higher(finding: Finding, a: string, b: string): string {
  if (a === '' || b === '') return a === '' ? b : a;
  return (compareVersions(orderOf(finding), a, b) ?? 0) < 0 ? b : a;
}

function orderOf({ package: { type } }: Finding): VersionOrder {
  if (type === 'pypi') return 'pep440';
  return type === 'deb' || type === 'apk' ? type : 'semver';
}

function describeSteps(steps: readonly Step[], findings: number): string {
  const moves = steps.map(({ name, version, fixed }) => `${name} ${version} to ${fixed}`);
  return `${listSome(moves)}. Clears ${countOf(findings, 'finding')}.`;
}

function describeUnfixed(steps: readonly Step[], findings: number): string {
  const names = listSome(steps.map(({ name, version }) => `${name} ${version}`));
  return `${countOf(findings, 'finding')} in ${names}. Nobody has published a fixed version.`;
}

/** Enough to recognise the group by; the findings have all. */
const LISTED = 5;

function listSome(items: readonly string[]): string {
  const rest = items.length - LISTED;
  return `${items.slice(0, LISTED).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
}

function countOf(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** `Debian`, `Alpine`, `Ubuntu` from the scope that was matched. */
function vendorOf({ evidence: { scope } }: Finding): string {
  const id = scope.split(':')[0] ?? scope;
  return id.charAt(0).toUpperCase() + id.slice(1);
}

/** Letters, digits and what package names and versions need; never first a dash, which a command would read as a flag. */
const HARMLESS = /^[A-Za-z0-9@][A-Za-z0-9@/._+:=-]*$/;

function commandOf(start: string, ...words: readonly string[]): { readonly command?: string } {
  return words.every((word) => HARMLESS.test(word)) ? { command: `${start} ${words.join(' ')}` } : {};
}

/** Malicious packages, then what is fixable, then by critical and high findings, then by all. */
function compareGroups(a: FixGroup, b: FixGroup): number {
  return (
    Number(b.key === 'malicious') - Number(a.key === 'malicious') ||
    Number(b.fixable) - Number(a.fixable) ||
    countSevere(b) - countSevere(a) ||
    b.findings.length - a.findings.length ||
    (a.key < b.key ? -1 : 1)
  );
}

function countSevere({ findings }: FixGroup): number {
  return findings.filter(({ severity }) => severity === 'critical' || severity === 'high').length;
}
