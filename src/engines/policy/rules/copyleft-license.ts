// Rule: no package under these licences, from the licences that the packages themselves declare
// (engines/sbom/license.ts). A package without a licence, or with free text for one, is not judged, unless
// its whole licence text was read and never names the AGPL. `no-agpl` is the same for the AGPL alone.
import { z } from 'zod';
import type { Package } from '../../sbom/inventory.ts';
import { copyleftFamilies, isLicenseName, judgeLicense, type LicenseJudgement } from '../../sbom/license.ts';
import { describeEmptiness, describeUnknowns, type PolicyEvidence } from '../evidence.ts';
import { matchesGlob } from '../glob.ts';
import { answerPass, type Rule, type RuleAnswer } from './rule.ts';

const config = z.strictObject({
  licenses: z
    .array(
      z
        .string()
        .refine(
          isLicenseName,
          `must be a family, as ${copyleftFamilies.slice(0, 4).join(', ')}, or an SPDX licence identifier`,
        ),
    )
    .min(1)
    .default([...copyleftFamilies])
    .describe(
      'Families (`AGPL`) and SPDX identifiers (`AGPL-3.0-only`; `AGPL-3.0` is -only and -or-later alike), in any case.',
    ),
  ignored_packages: z
    .array(z.string().regex(/^pkg:/, 'must be a package URL or a pattern of one, as pkg:deb/debian/bash@*'))
    .default([])
    .describe('Package URLs that do not count, with or without version; `*` stands for anything.'),
});
type Config = z.output<typeof config>;

export const copyleftLicense: Rule<Config> = Object.freeze({
  id: 'copyleft-license',
  names: ['no-copyleft-licenses'],
  title: ({ licenses }: Config) => `No ${nameLicenses(licenses)}-licensed package`,
  meaning:
    'Fails for each package whose licence binds its user to one of these; where another licence may be chosen, it does not. Unknown where a package declares no licence or one that cannot be read, or something could not be read.',
  weight: 5,
  config,
  judge,
});

/** Today's third rule, with nothing to set. */
export const noAgpl: Rule<Record<string, never>> = Object.freeze({
  id: 'no-agpl',
  title: () => 'No AGPL-licensed package',
  meaning:
    'Fails for each package whose licence binds its user to the Affero GPL; where another licence may be chosen, it does not. Unknown where a package declares no licence or one that cannot be read, or something could not be read.',
  weight: 5,
  config: z.strictObject({}),
  judge: (evidence: PolicyEvidence) => judge(evidence, { licenses: ['AGPL'], ignored_packages: [] }),
});

function judge({ inventory }: PolicyEvidence, given: Config): RuleAnswer {
  const packages = inventory.packages.filter((one) => !isIgnored(one, given));
  const judged = Map.groupBy(packages, (one) => judgePackage(one, given));
  const broken = judged.get('yes') ?? [];
  const unclear = judged.get('unknown') ?? [];
  const emptiness = describeEmptiness(inventory);
  const doubts = [
    ...(emptiness === undefined ? [] : [emptiness]),
    ...describeUnclear(unclear, packages.length),
    ...describeUnknowns(inventory),
  ];
  const unjudged = unclear.length + inventory.unknowns.length + (emptiness === undefined ? 0 : 1);
  const name = nameLicenses(given.licenses);
  const under = /^[A-Z]+$/.test(name) ? `the ${name}` : name === 'copyleft' ? 'a copyleft licence' : name;
  const ignored = describeIgnored(inventory.packages.length - packages.length);
  if (broken.length > 0) {
    const label = `${broken.length} under ${under}`;
    const reasons = [describeBroken(broken), ...doubts, ...ignored];
    return { outcome: 'fail', label, reasons, excess: broken.length, unjudged };
  }
  if (unjudged > 0) {
    const label =
      unclear.length > 0
        ? `${unclear.length} ${unclear.length === 1 ? 'licence' : 'licences'} not known`
        : 'Licences not known';
    return { outcome: 'unknown', label, reasons: [...doubts, ...ignored], excess: 0, unjudged };
  }
  return answerPass(`No ${name}`, `None of ${packages.length} packages is under ${under}.`, ...ignored);
}

/** What is declared decides; where that says nothing, a licence text that never names the AGPL does. */
function judgePackage({ licenses, excludedLicenses = [] }: Package, given: Config): LicenseJudgement {
  const declared = judgeLicense(licenses, given.licenses);
  const isAgplAlone = given.licenses.every((license) => /^AGPL(?:-|$)/i.test(license));
  return declared === 'unknown' && isAgplAlone && excludedLicenses.includes('AGPL') ? 'no' : declared;
}

/** By the whole package URL, or without its qualifiers, or without its version too. */
function isIgnored({ purl }: Package, { ignored_packages: patterns }: Config): boolean {
  if (patterns.length === 0) return false;
  const bare = purl.split(/[?#]/)[0] as string;
  const at = bare.lastIndexOf('@');
  const names = [purl, bare, at > bare.lastIndexOf('/') ? bare.slice(0, at) : bare];
  return patterns.some((pattern) => names.some((name) => matchesGlob(name, pattern)));
}

function describeIgnored(ignored: number): readonly string[] {
  if (ignored === 0) return [];
  return [`${ignored} ${ignored === 1 ? 'package does' : 'packages do'} not count, as the policy says.`];
}

/** `AGPL`, `AGPL-3.0`, `GPL or LGPL`; beyond three only `copyleft`. */
function nameLicenses(licenses: readonly string[]): string {
  if (licenses.length > 3) return 'copyleft';
  return licenses.length < 2
    ? licenses.join('')
    : `${licenses.slice(0, -1).join(', ')} or ${licenses.at(-1)}`;
}

function describeBroken(broken: readonly Package[]): string {
  const listed = broken
    .slice(0, 3)
    .map(({ name, version, licenses }) => `${name} ${version} (${licenses.join(', ')})`)
    .join('; ');
  return broken.length > 3 ? `${listed}; and ${broken.length - 3} more.` : `${listed}.`;
}

function describeUnclear(unclear: readonly Package[], packages: number): readonly string[] {
  if (unclear.length === 0) return [];
  const without = unclear.filter(({ licenses }) => licenses.length === 0).length;
  const free = unclear.length - without;
  return [
    ...(without > 0 ? [`${without} of ${packages} packages declare no licence.`] : []),
    ...(free > 0 ? [`${free} of ${packages} packages declare one that is not a known licence.`] : []),
  ];
}
