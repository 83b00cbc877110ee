// Rule: none of the vulnerabilities that everybody knows by name, and none that CISA knows to be exploited.
// Severity and fix do not matter here. Without the catalogue of exploited ones it cannot say pass.
import { z } from 'zod';
import type { Finding } from '../../advisory/finding.ts';
import type { PolicyEvidence } from '../evidence.ts';
import { describeFindings, listDoubts } from './doubt.ts';
import { answerPass, type Rule, type RuleAnswer } from './rule.ts';

/** Docker Scout's list, by its names. */
const NAMES: Readonly<Record<string, string>> = Object.freeze({
  'CVE-2014-0160': 'Heartbleed',
  'CVE-2014-6271': 'Shellshock',
  'CVE-2021-44228': 'Log4Shell',
  'CVE-2021-45046': 'Log4Shell, its second part',
  'CVE-2022-22965': 'Spring4Shell',
  'CVE-2023-38545': 'SOCKS5 heap overflow in curl',
  'CVE-2023-44487': 'HTTP/2 Rapid Reset',
  'CVE-2024-3094': 'xz backdoor',
});

const id = z.string().regex(/^[A-Za-z]+-[A-Za-z0-9-]+$/, 'must be an identifier, as CVE-2021-44228');

const config = z.strictObject({
  cves: z
    .array(id)
    .default(Object.keys(NAMES))
    .describe('Identifiers that count, CVE or any other that an advisory goes by.'),
  ignored_cves: z.array(id).default([]).describe('Identifiers that never count, exploited or not.'),
  include_cisa_kev: z
    .boolean()
    .default(true)
    .describe('Whether all of CISA’s catalogue of known exploited vulnerabilities counts too.'),
});
type Config = z.output<typeof config>;

export const highProfileVulnerabilities: Rule<Config> = Object.freeze({
  id: 'high-profile-vulnerabilities',
  title: () => 'No high-profile vulnerability',
  meaning:
    'Fails for each finding on the list or known to be exploited, whatever its severity and whether or not it has a fix. Unknown where a package is not covered, something could not be read, or the catalogue of exploited vulnerabilities was never refreshed.',
  weight: 20,
  config,
  judge,
  isBrokenBy: isHighProfile,
});

function isHighProfile(finding: Finding, given: Config): boolean {
  const ids = new Set([finding.id, ...finding.aliases].map((one) => one.toUpperCase()));
  const has = (list: readonly string[]): boolean => list.some((one) => ids.has(one.toUpperCase()));
  if (has(given.ignored_cves)) return false;
  return has(given.cves) || (given.include_cisa_kev && finding.exploited !== undefined);
}

function judge(evidence: PolicyEvidence, given: Config): RuleAnswer {
  const broken = evidence.matching.findings.filter((finding) => isHighProfile(finding, given));
  // What is on the list has fixes, and so has what CISA takes into its catalogue (its third criterion is a
  // clear remedy): a feed that lists only what has a fix knows them.
  const doubts = listDoubts(evidence, { packageTypes: [], needsUnfixed: false });
  const lacksCatalogue = given.include_cisa_kev && evidence.hasExploitedFeed !== true;
  const reasons = [
    ...(lacksCatalogue
      ? [
          'The catalogue of known exploited vulnerabilities (feed kev) was not refreshed, so which are exploited is not known.',
        ]
      : []),
    ...doubts.reasons,
  ];
  const unjudged = doubts.unjudged + (lacksCatalogue ? 1 : 0);
  if (broken.length > 0) {
    const label = `${broken.length} high-profile`;
    const named = describeFindings(broken, describeFame);
    return { outcome: 'fail', label, reasons: [named, ...reasons], excess: broken.length, unjudged };
  }
  if (unjudged > 0) {
    const label = lacksCatalogue ? 'Exploited not known' : `${unjudged} not judged`;
    return { outcome: 'unknown', label, reasons, excess: 0, unjudged };
  }
  const also = given.include_cisa_kev ? ', and none is known to be exploited' : '';
  return answerPass('None high-profile', `None of the ${given.cves.length} listed is here${also}.`);
}

function describeFame({ id: own, aliases, exploited }: Finding): string {
  const name = [own, ...aliases].map((one) => NAMES[one]).find((one) => one !== undefined);
  const since = exploited === undefined ? [] : [`known exploited since ${exploited.since}`];
  return [...(name === undefined ? [] : [name]), ...since].join(', ') || 'on the list';
}
