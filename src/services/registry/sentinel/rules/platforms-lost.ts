// A platform that was there is not any more.
import { clean, type SentinelRule, suspicious, unknown } from '../facts.ts';

export const platformsLost: SentinelRule = Object.freeze<SentinelRule>({
  id: 'platforms_lost',
  title: 'A platform that the image before had is gone.',
  isForNew: false,
  isJudgedAgain: false,
  judge({ before, after }) {
    if ('why' in before.platforms) return unknown(before.platforms.why);
    if ('why' in after.platforms) return unknown(after.platforms.why);
    const left = new Set(after.platforms.value);
    const gone = before.platforms.value.filter((platform) => !left.has(platform));
    return gone.length === 0 ? clean : suspicious(`${gone.join(', ')} is not there any more`);
  },
});
