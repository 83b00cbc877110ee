// The settings of the instance's authority: rows of the table in settings.ts.
import { parseKeyReference } from '../io/keys/key-reference.ts';
import { isPlimsollError } from '../kit/error.ts';
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

/** Purposes whose keys may be elsewhere: the roots' are carried away as files. */
const PLACED = ['issuing', 'stamping', 'certificate-log', 'log', 'identity', 'tuf', 'workload'];

/** Whole references by purpose. */
export type KeyPlaces = ReadonlyMap<string, string>;

const keys: Setting<KeyPlaces> = Object.freeze<Setting<KeyPlaces>>({
  key: 'trust.keys',
  flag: '--trust-keys',
  env: 'PLIMSOLL_TRUST_KEYS',
  meaning:
    'Where the instance’s signing keys are, PURPOSE=REFERENCE divided by spaces, as `issuing=pkcs11:token=…;object=… log=hashivault://NAME` (issuing, stamping, certificate-log, log, identity, tuf, workload); a purpose without one is in a file. Keys are made there where there are none.',
  // A reference may hold a PIN.
  isSecret: true,
  read: readPlaces,
});

function readPlaces(text: string): Reading<KeyPlaces> {
  const must = `be PURPOSE=REFERENCE divided by spaces, each of ${PLACED.join(', ')} once at most, with a reference of pkcs11:, awskms://, hashivault:// or a plug-in`;
  const places = new Map<string, string>();
  for (const item of text.split(/\s+/).filter((one) => one !== '')) {
    const [, purpose = '', reference = ''] = /^([a-z-]+)=(.+)$/.exec(item) ?? [];
    if (!PLACED.includes(purpose) || places.has(purpose) || !isElsewhere(reference)) return { must };
    places.set(purpose, reference);
  }
  return { value: places };
}

function isElsewhere(reference: string): boolean {
  try {
    return parseKeyReference(reference).kind !== 'file';
  } catch (error) {
    if (!isPlimsollError(error)) throw error;
    return false;
  }
}

export const trustSettings = Object.freeze({
  trustPassphrase: passphrase,
  trustKeys: keys,
  trustRoots: roots,
});

/** Twelve characters: a guess costs a quarter of a second, and whoever has the files may guess for years. */
function readPassphrase(text: string): Reading<string> {
  const passphraseText = text.replace(/\r?\n$/, '');
  return [...passphraseText].length < 12 || passphraseText.includes('\0')
    ? { must: 'have at least 12 characters' }
    : { value: passphraseText };
}
