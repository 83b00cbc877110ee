// Signed, and by whom nobody expects. Most clients sign after the push: it is judged again when that is known.
import { clean, type SentinelRule, suspicious } from '../facts.ts';

export const signerUnexpected: SentinelRule = Object.freeze<SentinelRule>({
  id: 'signer_unexpected',
  title: 'A proved signature on it is by another signer than those that an owner confirmed.',
  isForNew: true,
  isJudgedAgain: true,
  judge: ({ after: { unexpectedSigners } }) =>
    unexpectedSigners.length > 0
      ? suspicious(`it is signed by ${unexpectedSigners.join('; and by ')}, whom no owner expects`)
      : clean,
});
