// The folder of what this machine is a part of: a file for each instance, named by its host, for its owner alone. A file
// is written beside its place, synced and renamed, so that whoever reads sees the former or the next one whole.
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeUtf8 } from '../../kit/bytes.ts';
import { isPlimsollError } from '../../kit/error.ts';
import { limits } from '../../kit/limits.ts';
import { syncFolder } from '../blobs/synced-folder.ts';
import { partFilesErrors } from './errors.ts';
import { formatPartFile, type PartFile, parsePartFile } from './part-file.ts';

export interface PartFolder {
  readonly folder: string;
  /** HOST[:PORT] of each, sorted; damaged ones too. `partfiles.unavailable` */
  hosts(): Promise<readonly string[]>;
  has(host: string): boolean;
  /** Undefined where this machine has not joined it. `partfiles.damaged`, `partfiles.unavailable` */
  read(host: string): Promise<PartFile | undefined>;
  /** Durable when it resolves. `partfiles.unavailable` */
  write(file: PartFile): Promise<void>;
  /** Whether there was one. `partfiles.unavailable` */
  remove(host: string): Promise<boolean>;
  /** Nobody else writes or removes this one meanwhile. `partfiles.in_use`, `partfiles.unavailable` */
  lock(host: string, waitMs: number): Promise<Disposable>;
}

const ENDING = '.json';

export function createPartFolder(folder: string): PartFolder {
  // Parsing proves a key, which is not done again for the same text.
  const known = new Map<string, { readonly text: string; readonly file: PartFile }>();
  // A colon cannot stand in a file's name everywhere; a host has no underscore.
  const pathOf = (host: string): string => join(folder, `${host.replaceAll(':', '_')}${ENDING}`);

  async function ensure(): Promise<void> {
    await mkdir(folder, { recursive: true, mode: 0o700 });
  }

  return {
    folder,
    hosts: () =>
      told(folder, 'listed', async () => {
        const names = await readdir(folder).catch(nothingWhereAbsent);
        return (names ?? [])
          .filter((name) => name.endsWith(ENDING))
          .map((name) => name.slice(0, -ENDING.length).replaceAll('_', ':'))
          .filter((host) => URL.parse(`https://${host}`)?.host === host)
          .sort();
      }),
    has: (host) => existsSync(pathOf(host)),
    async read(host) {
      const path = pathOf(host);
      const text = await told(path, 'read', () => readText(path));
      if (text === undefined) {
        known.delete(host);
        return undefined;
      }
      const last = known.get(host);
      if (last?.text === text) return last.file;
      const file = parsePartFile(text, path);
      if (file.host !== host) throw partFilesErrors.damaged(`${path} is that of ${file.host}`);
      known.set(host, { text, file });
      return file;
    },
    async write(file) {
      const path = pathOf(file.host);
      const temporary = `${path}.${randomUUID()}~`;
      await told(path, 'written', async () => {
        await ensure();
        try {
          {
            await using handle = await open(temporary, 'wx', 0o600);
            await handle.writeFile(formatPartFile(file));
            await handle.sync();
          }
          await rename(temporary, path);
        } finally {
          await rm(temporary, { force: true });
        }
        await syncFolder(folder);
      });
    },
    remove(host) {
      const path = pathOf(host);
      return told(path, 'removed', async () => {
        if (!existsSync(path)) return false;
        await rm(path);
        await syncFolder(folder);
        return true;
      });
    },
    async lock(host, waitMs) {
      await told(folder, 'made', ensure);
      // Who only reads waits for no database to be loaded.
      const { lockPart } = await import('./part-lock.ts');
      return lockPart(pathOf(host).replace(/\.json$/, '.lock'), waitMs);
    },
  };
}

async function readText(path: string): Promise<string | undefined> {
  const handle = await open(path).catch(nothingWhereAbsent);
  if (handle === undefined) return undefined;
  await using file = handle;
  const buffer = Buffer.alloc(limits.partFileBytes + 1);
  let length = 0;
  for (;;) {
    const { bytesRead } = await file.read(buffer, length, buffer.length - length);
    length += bytesRead;
    if (bytesRead === 0 || length > limits.partFileBytes) break;
  }
  const text = length > limits.partFileBytes ? undefined : decodeUtf8(buffer.subarray(0, length));
  if (text === undefined) throw partFilesErrors.damaged(`${path} is too large, or not UTF-8 text`);
  return text;
}

function nothingWhereAbsent(error: NodeJS.ErrnoException): undefined {
  if (error.code === 'ENOENT') return undefined;
  throw error;
}

async function told<T>(path: string, what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (isPlimsollError(cause)) throw cause;
    throw partFilesErrors.unavailable(`${path} cannot be ${what}: ${(cause as Error).message}`, { cause });
  }
}
