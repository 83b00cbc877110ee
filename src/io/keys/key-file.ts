// A private key in a file, under a passphrase: PKCS #8 by scrypt and AES-256, which openssl reads too. Made once,
// durably, for its owner alone, and never written over: a key that is lost takes with it all that it signed.
import { createCipheriv, createPrivateKey, type KeyObject, scrypt } from 'node:crypto';
import { link, open, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { SignatureAlgorithm } from '../../formats/x509/algorithm.ts';
import { formatEncryptedKey } from '../../formats/x509/encrypted-key.ts';
import type { Random } from '../../kit/clock.ts';
import { syncFolder } from '../blobs/synced-folder.ts';
import { keysErrors } from './errors.ts';
import type { KeyForm } from './key-form.ts';
import { generatePrivateKey } from './memory.ts';
import { readKeyText } from './private-key.ts';
import { signWith } from './sign.ts';
import type { SigningKey } from './signing-key.ts';

/** 16 MiB and a quarter of a second for each guess; OpenSSL takes no more than 32 MiB when it reads. */
const SCRYPT: Readonly<Record<'cost' | 'blockSize' | 'parallelization', number>> = Object.freeze({
  cost: 2 ** 14,
  blockSize: 8,
  parallelization: 5,
});
/** For a passphrase of 256 random bits, which nobody guesses: the form alone, at no cost. */
const SCRYPT_OF_RANDOM = Object.freeze({ cost: 2, blockSize: 8, parallelization: 1 });
const CIPHER_KEY_BYTES = 32;
const SALT_BYTES = 16;
const IV_BYTES = 16;
const BEGIN = '-----BEGIN ENCRYPTED PRIVATE KEY-----';

export interface KeyFilePlace {
  readonly path: string;
  readonly passphrase: string;
  /** The passphrase is 256 random bits: the key is opened at once. */
  readonly isRandom?: boolean;
}

/** Makes a key and its file; `keys.file_unwritable`, also where there is a file already. */
export async function createKeyFile(
  { path, passphrase, isRandom = false }: KeyFilePlace,
  algorithm: SignatureAlgorithm,
  random: Random,
  form: KeyForm = 'pkcs8',
): Promise<SigningKey> {
  const privateKey = await generatePrivateKey(algorithm);
  try {
    const cost = isRandom ? SCRYPT_OF_RANDOM : SCRYPT;
    const text =
      form === 'cosign'
        ? await (await import('./cosign-key.ts')).sealCosignKey(privateKey, passphrase, random)
        : await encrypt(privateKey, { passphrase, cost, random });
    await writeOnce(path, text);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const why = code === 'EEXIST' ? 'there is a file already' : (code ?? String(cause));
    throw keysErrors.file_unwritable(`${path} cannot be made: ${why}`, { cause });
  }
  return signWith(privateKey);
}

/** `keys.file_unreadable`, `keys.passphrase_wrong`. Takes a quarter of a second of CPU, unless the passphrase is random. */
export async function openKeyFile({ path, passphrase }: Omit<KeyFilePlace, 'isRandom'>): Promise<SigningKey> {
  const text = await readKeyText(path);
  if (!text.trimStart().startsWith(BEGIN))
    throw keysErrors.file_unreadable(`${path} does not begin with ${BEGIN}`);
  let privateKey: KeyObject;
  try {
    privateKey = createPrivateKey({ key: text, format: 'pem', passphrase });
  } catch (cause) {
    throw keysErrors.passphrase_wrong(`the passphrase does not open ${path}, or the file is damaged`, {
      cause,
    });
  }
  return signWith(privateKey);
}

async function encrypt(
  privateKey: KeyObject,
  {
    passphrase,
    cost,
    random,
  }: { readonly passphrase: string; readonly cost: typeof SCRYPT; readonly random: Random },
): Promise<string> {
  const [salt, iv] = [random.bytes(SALT_BYTES), random.bytes(IV_BYTES)];
  const key = await new Promise<Buffer>((resolve, reject) => {
    scrypt(passphrase, salt, CIPHER_KEY_BYTES, cost, (failure, derived) =>
      failure === null ? resolve(derived) : reject(failure),
    );
  });
  const cipher = createCipheriv('aes-256-cbc', key, iv);
  const plain = privateKey.export({ format: 'der', type: 'pkcs8' });
  const encrypted = Buffer.concat([cipher.update(plain), cipher.final()]);
  plain.fill(0);
  return formatEncryptedKey({ ...cost, salt, iv, encrypted });
}

/** Whole or not at all, and only where there is nothing: a link, unlike a rename, replaces no file. */
export async function writeOnce(path: string, text: string): Promise<void> {
  const temporary = `${path}.${process.pid}.new`;
  try {
    {
      await using file = await open(temporary, 'wx', 0o600);
      await file.writeFile(text);
      await file.sync();
    }
    await link(temporary, path);
  } finally {
    await rm(temporary, { force: true });
  }
  await syncFolder(dirname(path));
}
