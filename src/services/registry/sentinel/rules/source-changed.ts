// Another source than before, by the provenances, or by what the images say of themselves where those say nothing.
import { clean, type SentinelRule, suspicious } from '../facts.ts';
import { compareProvenance } from './provenance-member.ts';

export const sourceChanged: SentinelRule = Object.freeze<SentinelRule>({
  id: 'source_changed',
  title: 'It was built from another source repository than the one before.',
  isForNew: true,
  isJudgedAgain: true,
  judge(facts) {
    const proven = compareProvenance(facts, 'source', 'the source');
    const { statedSource: was } = facts.before;
    const { statedSource: is } = facts.after;
    if (proven.kind === 'suspicious' || was === undefined || is === undefined) return proven;
    return was === is ? clean : suspicious(`the source it states was ${was} and is ${is}`);
  },
});
