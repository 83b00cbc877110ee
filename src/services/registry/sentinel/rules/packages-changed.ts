// Packages that came and went, by name: beyond what earlier moves of this tag changed. Versions are left to
// comparing images; a rebuild changes those every time.
import { clean, type ImageFacts, type SentinelRule, suspicious, unknown } from '../facts.ts';

/** A release brings a few new packages. */
const USUAL = 10;
const FACTOR = 3;

export const packagesChanged: SentinelRule = Object.freeze<SentinelRule>({
  id: 'packages_changed',
  title: 'Far more packages came and went than in earlier moves of this tag.',
  isForNew: false,
  isJudgedAgain: true,
  judge({ before, after, earlier }) {
    if ('why' in after.packages) return unknown(after.packages.why);
    if ('why' in before.packages) return unknown(before.packages.why);
    const changed = countChanged(before, after) as number;
    if (changed <= USUAL) return clean;
    const row = [before, ...earlier];
    const known = row
      .slice(1)
      .map((older, at) => countChanged(older, row[at] as ImageFacts))
      .filter((count) => count !== undefined);
    if (known.length === 0) return unknown('no earlier move of this tag is known to compare with');
    const most = Math.max(...known);
    return changed > Math.max(USUAL, FACTOR * most)
      ? suspicious(`${changed} packages came or went; ${most} were the most in earlier moves`)
      : clean;
  },
});

function countChanged({ packages: one }: ImageFacts, { packages: other }: ImageFacts): number | undefined {
  if ('why' in one || 'why' in other) return undefined;
  return one.value.symmetricDifference(other.value).size;
}
