// A full release version that moves: only where the repository's rule lets it, and even then seldom meant.
import { clean, type SentinelRule, suspicious } from '../facts.ts';

export const releaseOverwritten: SentinelRule = Object.freeze<SentinelRule>({
  id: 'release_overwritten',
  title: 'A full release version was moved to another image.',
  isForNew: false,
  isJudgedAgain: false,
  judge: ({ isRelease, tag }) =>
    isRelease ? suspicious(`${tag} is a release and pointed to another image`) : clean,
});
