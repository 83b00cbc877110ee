// What an instance has found damaged, as text for people: which images it hits first, then whether anybody can be asked
// for the bytes.
import { formatSize } from '../../kit/bytes.ts';
import type { DamageEntry, DamageReport } from '../http/contract-damage.ts';
import { printable } from './printable.ts';

/** One paragraph for each blob; a line alone where there is none. */
export function formatDamage({ total, damage }: DamageReport, isRepaired: boolean): string {
  if (damage.length === 0) return isRepaired ? 'nothing was repaired yet\n' : 'nothing is damaged\n';
  const shown = damage.map((entry) => [...formatHead(entry), ...formatImages(entry), ...formatRepair(entry)]);
  const more = total > damage.length ? [[`and ${total - damage.length} more`]] : [];
  return [...shown, ...more].map((lines) => lines.map((line) => `${printable(line)}\n`).join('')).join('\n');
}

function formatHead({ digest, sizeBytes, why, foundAt }: DamageEntry): readonly string[] {
  return [`${digest} (${formatSize(sizeBytes)})`, `  found      ${foundAt}: ${why}`];
}

function formatImages({ images, hasMoreImages }: DamageEntry): readonly string[] {
  const names = images.flatMap(({ repository, digest, tags }) =>
    tags.length === 0 ? [`${repository}@${digest}`] : tags.map((tag) => `${repository}:${tag}`),
  );
  const all = [...(names.length === 0 ? ['no image'] : names), ...(hasMoreImages ? ['and more'] : [])];
  return all.map((name, at) => `  ${at === 0 ? 'hits' : '    '}       ${name}`);
}

function formatRepair(entry: DamageEntry): readonly string[] {
  const { mirrors, tries, triedAt, error, repairedAt, repairedFrom } = entry;
  if (repairedAt !== undefined)
    return [`  repaired   ${repairedAt}: ${repairedFrom === 'push' ? 'by a push' : `from ${repairedFrom}`}`];
  if (mirrors.length === 0)
    return ['  mirrors    none is named for it by storage.repair_from; pushing it again repairs it'];
  const asked =
    tries === 0
      ? []
      : [`  asked      ${tries === 1 ? 'once' : `${tries} times`} in vain, last ${triedAt}: ${error}`];
  return [`  mirrors    ${mirrors.join(', ')}`, ...asked];
}
