// How an image was built, by the best of what hangs on it, and what changed in that since the image before.
import type { BuildRecord } from '../../../src/engines/attest/build-record.ts';
import {
  compareProvenance,
  type ProvenanceComparison,
} from '../../../src/engines/attest/compare-provenance.ts';
import type { JudgedImage, JudgedItem } from './judge-image.ts';

export type BuildItem = JudgedItem & { readonly build: BuildRecord };

const ORDER = { passed: 0, unknown: 1, failed: 2 } as const;

/** What is proven before what is not, what somebody signed before what nobody did. */
export function chooseBuild({ items }: JudgedImage): BuildItem | undefined {
  const rank = ({ outcome, isSigned }: JudgedItem): number => ORDER[outcome] * 2 + (isSigned ? 0 : 1);
  return items
    .filter((item): item is BuildItem => item.build !== undefined)
    .toSorted((one, other) => rank(one) - rank(other))[0];
}

export function compareBuilds(
  before: BuildItem | undefined,
  after: BuildItem | undefined,
): ProvenanceComparison {
  return compareProvenance(before?.build, after?.build);
}
