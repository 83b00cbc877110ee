// The settings of the instance's authority: rows of the table in settings.ts.
import type { Reading, Setting } from './setting.ts';

const passphrase: Setting<string> = Object.freeze({
  key: 'trust.passphrase',
  flag: '--trust-passphrase',
  env: 'PLIMSOLL_TRUST_PASSPHRASE',
  meaning:
    'Passphrase of the instance’s signing keys, set before its first start; where absent they are under random bits in a file beside them.',
  isSecret: true as const,
  read: readPassphrase,
});

export const trustSettings = Object.freeze({ trustPassphrase: passphrase });

/** Twelve characters: a guess costs a quarter of a second, and whoever has the files may guess for years. */
function readPassphrase(text: string): Reading<string> {
  const passphraseText = text.replace(/\r?\n$/, '');
  return [...passphraseText].length < 12 || passphraseText.includes('\0')
    ? { must: 'have at least 12 characters' }
    : { value: passphraseText };
}
