// Why a rule on the base image has none to judge.
import type { Lineage } from '../../lineage/lineage.ts';

/** One sentence. */
export function describeNoBase(lineage: Lineage | undefined): string {
  if (lineage === undefined) return 'Nobody looked for the base of this image.';
  return lineage.unknowns[0] ?? 'Which image this one is built upon is not known.';
}
