// Rule: no package under the Affero GPL, from the licences that the packages themselves declare
// (engines/sbom/license.ts). A package without a licence, or with free text for one, is not judged, unless
// its whole licence text was read and never names the AGPL.
import type { Package } from '../../sbom/inventory.ts';
import { judgeAgpl } from '../../sbom/license.ts';
import { describeEmptiness, describeUnknowns, type PolicyEvidence } from '../evidence.ts';
import type { Rule, RuleAnswer } from './rule.ts';

export const noAgpl: Rule = Object.freeze({
  id: 'no-agpl',
  title: 'No AGPL-licensed package',
  meaning:
    'Fails for each package whose licence binds its user to the Affero GPL; where another licence may be chosen, it does not. Unknown where a package declares no licence or one that cannot be read, or something could not be read.',
  judge,
} satisfies Rule);

function judge({ inventory }: PolicyEvidence): RuleAnswer {
  const judged = Map.groupBy(inventory.packages, judgePackage);
  const broken = judged.get('yes') ?? [];
  const unclear = judged.get('unknown') ?? [];
  const emptiness = describeEmptiness(inventory);
  const doubts = [
    ...(emptiness === undefined ? [] : [emptiness]),
    ...describeUnclear(unclear, inventory.packages.length),
    ...describeUnknowns(inventory),
  ];
  const unjudged = unclear.length + inventory.unknowns.length + (emptiness === undefined ? 0 : 1);
  if (broken.length > 0) {
    const label = `${broken.length} under the AGPL`;
    return {
      outcome: 'fail',
      label,
      reasons: [describeBroken(broken), ...doubts],
      excess: broken.length,
      unjudged,
    };
  }
  if (unjudged > 0) {
    const label =
      unclear.length > 0
        ? `${unclear.length} ${unclear.length === 1 ? 'licence' : 'licences'} not known`
        : 'Licences not known';
    return { outcome: 'unknown', label, reasons: doubts, excess: 0, unjudged };
  }
  const reasons = [`None of ${inventory.packages.length} packages is under the AGPL.`];
  return { outcome: 'pass', label: 'No AGPL', reasons, excess: 0, unjudged: 0 };
}

/** What is declared decides; where that says nothing, a licence text that never names the AGPL does. */
function judgePackage({ licenses, excludedLicenses = [] }: Package): ReturnType<typeof judgeAgpl> {
  const declared = judgeAgpl(licenses);
  return declared === 'unknown' && excludedLicenses.includes('AGPL') ? 'no' : declared;
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
