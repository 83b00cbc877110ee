// More tags within minutes than a release of this repository ever moved. A release moves a handful (1, 1.2, 1.2.3,
// latest, and their variants): that many, or twice what there was before, is usual.
import { clean, type SentinelRule, suspicious, unknown } from '../facts.ts';

const USUAL = 5;

export const manyTags: SentinelRule = Object.freeze<SentinelRule>({
  id: 'many_tags',
  title: 'Many more tags of the repository moved within ten minutes than ever before.',
  isForNew: true,
  isJudgedAgain: false,
  judge({ burst }) {
    if ('why' in burst) return unknown(burst.why);
    const { tags, mostBefore } = burst.value;
    return tags > Math.max(USUAL, 2 * mostBefore)
      ? suspicious(`${tags} tags moved within ten minutes; ${mostBefore} were the most before`)
      : clean;
  },
});
