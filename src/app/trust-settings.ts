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

const roots: Setting<string> = Object.freeze({
  key: 'trust.roots',
  flag: '--trust-roots',
  env: 'PLIMSOLL_TRUST_ROOTS',
  meaning:
    'A `trusted_root.json`, or a folder of such, whose signatures count as proved where images are looked at; beside the instance’s own and the public Sigstore’s.',
  read: (text: string) => (text === '' ? { must: 'be a file or a folder' } : { value: text }),
});

export const trustSettings = Object.freeze({ trustPassphrase: passphrase, trustRoots: roots });

/** Twelve characters: a guess costs a quarter of a second, and whoever has the files may guess for years. */
function readPassphrase(text: string): Reading<string> {
  const passphraseText = text.replace(/\r?\n$/, '');
  return [...passphraseText].length < 12 || passphraseText.includes('\0')
    ? { must: 'have at least 12 characters' }
    : { value: passphraseText };
}
