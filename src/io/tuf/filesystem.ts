// A repository of trust in a folder: temporary file, sync, rename, sync of the folder. For its owner alone is not
// needed: every byte of it is published.
import { randomUUID } from 'node:crypto';
import { link, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createSyncedFolders, syncFolder } from '../blobs/synced-folder.ts';
import { trustFilesErrors } from './errors.ts';
import { isTufName, type TufStore } from './store.ts';

const TARGETS = 'targets';

/** The folder is made when something is first written. */
export function createFilesystemTufStore(folder: string): TufStore {
  const folders = createSyncedFolders();
  const pathOf = (name: string): string => {
    if (!isTufName(name))
      throw trustFilesErrors.name_invalid(`"${name.slice(0, 200)}" is no name of a file here`);
    return join(folder, name);
  };

  /** Puts a synced temporary file where it belongs by `place`. */
  async function put(name: string, bytes: Uint8Array, place: (from: string, to: string) => Promise<void>) {
    const path = pathOf(name);
    // A name that no file here can have, so that one that a broken run left is never taken for one.
    const temporary = join(dirname(path), `${randomUUID()}~`);
    await told(name, 'written', async () => {
      await folders.make(dirname(path));
      try {
        {
          await using file = await open(temporary, 'wx', 0o644);
          await file.writeFile(bytes);
          await file.sync();
        }
        await place(temporary, path);
      } finally {
        await rm(temporary, { force: true });
      }
      await syncFolder(dirname(path));
    });
  }

  return {
    read: (name) =>
      told(name, 'read', async () => {
        try {
          return await readFile(pathOf(name));
        } catch (error) {
          if (codeOf(error) === 'ENOENT') return undefined;
          throw error;
        }
      }),
    write: (name, bytes) => put(name, bytes, rename),
    async create(name, bytes) {
      let isNew = true;
      // A link, unlike a rename, replaces no file.
      await put(name, bytes, async (from, to) => {
        try {
          await link(from, to);
        } catch (error) {
          if (codeOf(error) !== 'EEXIST') throw error;
          isNew = false;
        }
      });
      return isNew;
    },
    remove: (name) =>
      told(name, 'removed', async () => {
        const path = pathOf(name);
        try {
          await rm(path);
        } catch (error) {
          if (codeOf(error) === 'ENOENT') return;
          throw error;
        }
        await syncFolder(dirname(path));
      }),
    async list() {
      const names = await told('.', 'listed', () => namesIn(folder));
      const targets = await told(TARGETS, 'listed', () => namesIn(join(folder, TARGETS)));
      return [...names.filter(isTufName), ...targets.map((name) => `${TARGETS}/${name}`).filter(isTufName)];
    },
  };
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries.filter((entry) => entry.isFile()).map(({ name }) => name);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [];
    throw error;
  }
}

async function told<T>(name: string, done: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (codeOf(cause) === 'trustfiles.name_invalid') throw cause;
    throw trustFilesErrors.unavailable(`${name} cannot be ${done}: ${(cause as Error).message}`, { cause });
  }
}

function codeOf(error: unknown): string | undefined {
  return (error as { code?: string }).code;
}
