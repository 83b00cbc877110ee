// Rule: no vulnerability of these severities, by default none that has a fix. One is enough to fail; without
// one, whatever could not be judged (a gap, an unread file, a finding that nobody rated) makes the answer
// unknown. `no-fixable-critical-or-high` is the same with its defaults, under its first name.
import { z } from 'zod';
import type { Finding } from '../../advisory/finding.ts';
import { isFixable } from '../../advisory/group-by-fix.ts';
import { type Severity, severities } from '../../advisory/record.ts';
import type { PolicyEvidence } from '../evidence.ts';
import { describeFindings, isWanted, listDoubts } from './doubt.ts';
import { answerPass, type Rule, type RuleAnswer } from './rule.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

const config = z.strictObject({
  severities: z
    .array(
      z
        .enum([...severities, ...severities.map((one) => one.toUpperCase())])
        .transform((text) => text.toLowerCase() as Severity),
    )
    .min(1)
    .default(['critical', 'high'])
    .describe('Severities that count; upper case is read too. `unknown` is one that nobody rated.'),
  fixable_only: z
    .boolean()
    .default(true)
    .describe('Whether only what an upgrade, or removing a malicious package, would mend counts.'),
  package_types: z
    .array(z.string().regex(/^[a-z][a-z0-9.-]*$/, 'must be a package URL type, as deb or npm'))
    .default([])
    .describe('Package URL types that count, as `deb` or `npm`; all where empty.'),
  grace_period_days: z
    .number()
    .int()
    .min(0)
    .max(3650)
    .default(0)
    .describe('Days after its advisory was published from which on a vulnerability counts.'),
});
type Config = z.output<typeof config>;

export const fixableVulnerabilities: Rule<Config> = Object.freeze({
  id: 'fixable-vulnerabilities',
  title: ({ severities: wanted, fixable_only }: Config) =>
    `No ${listOr(wanted)} vulnerability${fixable_only ? ' that has a fix' : ''}`,
  meaning:
    'Fails for each finding of these severities, by default those that have a fix. Unknown where a package is not covered, a version cannot be compared, something could not be read, or a finding has no severity; where unfixed ones count, also where a feed lists only what has a fix. A finding whose advisory gives no date has no grace.',
  weight: 20,
  config,
  judge,
  isBrokenBy: (finding: Finding, given: Config, evidence: PolicyEvidence) =>
    given.severities.includes(finding.severity) &&
    isAsked(finding, given) &&
    !isInGrace(finding, given, evidence),
});

/** Today's first rule under its first name, with nothing to set. */
export const noFixableCriticalOrHigh: Rule<Record<string, never>> = Object.freeze({
  id: 'no-fixable-critical-or-high',
  title: () => 'No critical or high vulnerability that has a fix',
  meaning:
    'Fails for each critical or high finding that an upgrade, or removing a malicious package, would mend. Unknown where a package is not covered, a version cannot be compared, something could not be read, or a fixable finding has no severity.',
  weight: 20,
  config: z.strictObject({}),
  judge: (evidence: PolicyEvidence) => judge(evidence, config.parse({})),
  isBrokenBy: (finding: Finding) =>
    (finding.severity === 'critical' || finding.severity === 'high') && isFixable(finding),
});

/** Whether it would count if its severity does. */
function isAsked(finding: Finding, { fixable_only, package_types }: Config): boolean {
  return isWanted(finding.package.type, package_types) && (!fixable_only || isFixable(finding));
}

/** Where nobody says when it was published, or what time it is now, it counts: it is never hidden. */
function isInGrace(
  finding: Finding,
  { grace_period_days: days }: Config,
  { judgedAt }: PolicyEvidence,
): boolean {
  const publishedAt = publishedAtOf(finding);
  if (days === 0 || judgedAt === undefined || publishedAt === undefined) return false;
  return publishedAt >= judgedAt - days * DAY_MS;
}

function publishedAtOf({ publishedAt }: Finding): number | undefined {
  const at = publishedAt === undefined ? Number.NaN : Date.parse(publishedAt);
  return Number.isNaN(at) ? undefined : at;
}

function judge(evidence: PolicyEvidence, given: Config): RuleAnswer {
  const asked = evidence.matching.findings.filter((finding) => isAsked(finding, given));
  const late = asked.filter((finding) => !isInGrace(finding, given, evidence));
  const broken = late.filter(({ severity }) => given.severities.includes(severity));
  const unrated = given.severities.includes('unknown')
    ? []
    : late.filter(({ severity }) => severity === 'unknown');
  const doubts = listDoubts(evidence, {
    packageTypes: given.package_types,
    needsUnfixed: !given.fixable_only,
  });
  const reasons = [...doubts.reasons, ...(unrated.length === 0 ? [] : [describeUnrated(unrated, given)])];
  const unjudged = doubts.unjudged + unrated.length;
  const grace = describeGrace(broken, asked.length - late.length, given);
  if (broken.length > 0) {
    const label = `${broken.length} ${given.fixable_only ? 'fixable ' : ''}${listOr(given.severities)}`;
    const named = describeFindings(broken, ({ severity }) => severity);
    return {
      outcome: 'fail',
      label,
      reasons: [named, ...grace, ...reasons],
      excess: broken.length,
      unjudged,
    };
  }
  const judged = describeJudged(evidence, given);
  if (unjudged > 0) {
    const label =
      unrated.length === unjudged
        ? `${unrated.length} ${given.fixable_only ? 'fixable ' : ''}without a rating`
        : `${unjudged} not judged`;
    return { outcome: 'unknown', label, reasons: [...reasons, judged, ...grace], excess: 0, unjudged };
  }
  return answerPass(given.fixable_only ? 'None fixable' : `No ${listOr(given.severities)}`, judged, ...grace);
}

function describeUnrated(unrated: readonly Finding[], { fixable_only }: Config): string {
  const [first] = unrated;
  const example = `${first?.id} in ${first?.package.name}`;
  if (unrated.length === 1)
    return fixable_only
      ? `${example} has a fix and nobody rated its severity.`
      : `Nobody rated the severity of ${example}.`;
  return fixable_only
    ? `${unrated.length} findings have a fix and nobody rated their severity, such as ${example}.`
    : `Nobody rated the severity of ${unrated.length} findings, such as ${example}.`;
}

/** What the grace period lets pass for now, and what it cannot be asked of. */
function describeGrace(
  broken: readonly Finding[],
  inGrace: number,
  { grace_period_days: days }: Config,
): readonly string[] {
  if (days === 0) return [];
  const undated = broken.filter((finding) => publishedAtOf(finding) === undefined).length;
  return [
    ...(undated === 0
      ? []
      : [
          `${undated} of them ${undated === 1 ? 'counts' : 'count'} at once: no date of publication is known.`,
        ]),
    ...(inGrace === 0
      ? []
      : [
          `${inGrace} more ${inGrace === 1 ? 'was' : 'were'} published in the last ${days} ${days === 1 ? 'day' : 'days'}, which the policy allows.`,
        ]),
  ];
}

/** Of what the answer is said: a feed that lists only fixed vulnerabilities is named as such. */
function describeJudged({ inventory, matching }: PolicyEvidence, given: Config): string {
  const { findings, coverage } = matching;
  const { package_types: types } = given;
  const feeds = coverage.feeds.map((row) =>
    row.coverage === 'fixed-only' ? `${row.feed} (fixed-only feed)` : row.feed,
  );
  const by = feeds.length === 0 ? '' : ` by ${feeds.join(', ')}`;
  const others =
    findings.length === 0
      ? ''
      : `; ${findings.length} ${given.fixable_only ? 'lesser or unfixed' : 'other'} ${findings.length === 1 ? 'finding' : 'findings'}`;
  if (types.length === 0)
    return `None among ${coverage.judged} of ${coverage.packages} packages judged${by}${others}.`;
  const packages = inventory.packages.filter(({ type }) => isWanted(type, types)).length;
  const gaps = coverage.gaps.filter(({ purl }) =>
    types.some((type) => purl.startsWith(`pkg:${type}/`)),
  ).length;
  return `None among ${packages - gaps} of ${packages} packages of type ${types.join(', ')} judged${by}${others}.`;
}

/** `critical or high`, `critical, high or medium`. */
function listOr(words: readonly string[]): string {
  const last = words.at(-1) ?? '';
  return words.length < 2 ? last : `${words.slice(0, -1).join(', ')} or ${last}`;
}
