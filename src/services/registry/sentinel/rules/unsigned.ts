// Signed before, unsigned now. Most clients sign after the push: it is judged again when something is attached.
import { clean, type SentinelRule, suspicious } from '../facts.ts';

export const unsigned: SentinelRule = Object.freeze<SentinelRule>({
  id: 'unsigned',
  title: 'The image before had a signature, and this one has none yet.',
  isForNew: true,
  isJudgedAgain: true,
  judge: ({ before, after }) =>
    before.isSigned && !after.isSigned
      ? suspicious('the image before is signed, and this one is not, or not yet')
      : clean,
});
