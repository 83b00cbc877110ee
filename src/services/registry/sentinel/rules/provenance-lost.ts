// A build that told where it came from is followed by one that does not.
import { clean, type SentinelRule, suspicious, unknown } from '../facts.ts';

export const provenanceLost: SentinelRule = Object.freeze<SentinelRule>({
  id: 'provenance_lost',
  title: 'The image before had a provenance, and this one has none yet.',
  isForNew: true,
  isJudgedAgain: true,
  judge({ before, after }) {
    if ('why' in before.provenance) return unknown(before.provenance.why);
    if (before.provenance.value === undefined) return clean;
    if ('why' in after.provenance) return unknown(after.provenance.why);
    return after.provenance.value === undefined
      ? suspicious('the image before says who built it from what, and this one does not, or not yet')
      : clean;
  },
});
