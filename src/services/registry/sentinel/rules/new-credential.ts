// The first push to this repository by this account, token, robot or job.
import { clean, type SentinelRule, suspicious, unknown } from '../facts.ts';

export const newCredential: SentinelRule = Object.freeze<SentinelRule>({
  id: 'new_credential',
  title: 'The first push to this repository by this credential.',
  isForNew: true,
  isJudgedAgain: false,
  judge({ isKnownCredential, credential }) {
    if ('why' in isKnownCredential) return unknown(isKnownCredential.why);
    return isKnownCredential.value ? clean : suspicious(`${credential} never pushed here before`);
  },
});
