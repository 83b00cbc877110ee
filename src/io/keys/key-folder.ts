// A ring of keys as a folder of key files. They are under a passphrase that somebody gives, or under 256 random bits
// in a file beside them: that keeps the keys from whoever gets single files (a listing, a backup without it), not from
// whoever reads the whole folder. The folder and all in it are for their owner alone.
import { existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Random } from '../../kit/clock.ts';
import { syncFolder } from '../blobs/synced-folder.ts';
import { keysErrors } from './errors.ts';
import { createKeyFile, openKeyFile, writeOnce } from './key-file.ts';
import type { KeyRing } from './key-ring.ts';

export interface KeyFolderPlace {
  /** Made where absent. */
  readonly folder: string;
  /** Of whoever runs it; random bits in a file beside the keys where absent. */
  readonly passphrase?: string | undefined;
  readonly random: Random;
}

/** Beside the keys: 64 hexadecimal digits. */
export const secretFile = 'passphrase';
const SECRET_BYTES = 32;
const SCHEME = 'file:';
const NAME = /^[a-z0-9][a-z0-9-]{0,80}$/;

/** A ring whose references are `file:NAME.pem`, wherever the folder is moved to. */
export function createKeyFolder({ folder, passphrase: given, random }: KeyFolderPlace): KeyRing {
  const secretPath = join(folder, secretFile);

  async function readSecret(): Promise<string | undefined> {
    try {
      return (await readFile(secretPath, 'latin1')).trim();
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw keysErrors.file_unreadable(`${secretPath} cannot be read: ${(cause as Error).message}`, {
        cause,
      });
    }
  }

  async function makeSecret(): Promise<string> {
    const kept = await readSecret();
    if (kept !== undefined) return kept;
    const made = Buffer.from(random.bytes(SECRET_BYTES)).toString('hex');
    await writeOnce(secretPath, `${made}\n`).catch((cause: NodeJS.ErrnoException) => {
      // Keys that are made at once share it: the first one holds.
      if (cause.code !== 'EEXIST') throw cause;
    });
    return (await readSecret()) ?? made;
  }

  let making: Promise<string> | undefined;

  async function prepare(): Promise<string> {
    try {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      await syncFolder(dirname(folder));
      return given ?? (await makeSecret());
    } catch (cause) {
      making = undefined;
      throw keysErrors.file_unwritable(`${folder} cannot be made: ${(cause as Error).message}`, { cause });
    }
  }

  return {
    async create(name, algorithm) {
      making ??= prepare();
      const passphrase = await making;
      const file = `${name}.pem`;
      const key = await createKeyFile(
        { path: join(folder, file), passphrase, isRandom: given === undefined },
        algorithm,
        random,
      );
      return { reference: `${SCHEME}${file}`, key };
    },

    async open(reference) {
      const file = reference.startsWith(SCHEME) ? reference.slice(SCHEME.length) : '';
      if (!file.endsWith('.pem') || !NAME.test(file.slice(0, -'.pem'.length)))
        throw keysErrors.reference_unknown(`"${reference.slice(0, 200)}" names no key file of this folder`);
      const path = join(folder, file);
      const passphrase = given ?? (await readSecret());
      if (passphrase === undefined && existsSync(path))
        throw keysErrors.passphrase_wrong(
          `there is no passphrase for ${path}: none is given, and no ${secretPath}`,
        );
      return openKeyFile({ path, passphrase: passphrase ?? '' });
    },
  };
}
