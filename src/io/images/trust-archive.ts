// An archive of trust data in a folder: `archive.json` and the role files under `roles/`. Each file is written whole
// and once; `archive.json` is written anew after each, so that what broke off is taken up again.
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import {
  archivePath,
  formatArchive,
  parseArchive,
  type TrustArchive,
} from '../../formats/notary1/archive.ts';
import type { RoleName } from '../../formats/notary1/role-name.ts';
import { decodeUtf8, formatSize } from '../../kit/bytes.ts';
import { hashHex } from '../../kit/hash.ts';
import { limits } from '../../kit/limits.ts';
import { imageErrors } from './errors.ts';
import { reason, writeDurably, writing } from './layout/durable-file.ts';

/** Where an import keeps what it finds: a folder, or memory alone. */
export interface TrustStore {
  /** What it said when it was opened; undefined where the folder is empty or not there. */
  readonly archive: TrustArchive | undefined;
  /** A file with its hash checked; `images.missing`, `images.damaged`. */
  read(role: RoleName, sha256: string): Promise<Uint8Array>;
  /** Writes a file, unless it is there. `images.place_unwritable`. */
  add(role: RoleName, bytes: Uint8Array): Promise<void>;
  /** Replaces `archive.json`. */
  save(archive: TrustArchive): Promise<void>;
}

const MANIFEST = 'archive.json';

/** `notary.archive_invalid`; `images.place_unreadable`, also for a folder with something else in it. */
export async function openTrustFolder(folder: string): Promise<TrustStore> {
  const archive = await readArchive(folder);
  const place = (role: RoleName, sha256: string): string => join(folder, archivePath(role, sha256));
  return {
    archive,
    async read(role, sha256) {
      const path = place(role, sha256);
      const bytes = await readBounded(path, limits.trustFileBytes);
      if (bytes === undefined) throw imageErrors.missing(`${path} is not there, but ${MANIFEST} names it`);
      const found = hashHex('sha256', bytes);
      if (found !== sha256) throw imageErrors.damaged(`${path} has the SHA-256 ${found}, not ${sha256}`);
      return bytes;
    },
    async add(role, bytes) {
      const sha256 = hashHex('sha256', bytes);
      const path = place(role, sha256);
      const known = await readBounded(path, limits.trustFileBytes).catch(() => undefined);
      if (known !== undefined && hashHex('sha256', known) === sha256) return;
      await writing(path, mkdir(dirname(path), { recursive: true }));
      await writeDurably(path, [bytes]);
    },
    async save(next) {
      const text = Buffer.from(formatArchive(next));
      // A record that could not be read again would take its files with it.
      if (text.byteLength > limits.trustManifestBytes)
        throw imageErrors.place_unwritable(`${folder} holds as many imports as it can; take a new folder`);
      await writing(folder, mkdir(folder, { recursive: true }));
      await writeDurably(join(folder, MANIFEST), [text]);
    },
  };
}

/** Kept until the process ends. */
export function createTrustMemory(): TrustStore {
  const files = new Map<string, Uint8Array>();
  return {
    archive: undefined,
    async read(role, sha256) {
      const bytes = files.get(archivePath(role, sha256));
      if (bytes === undefined) throw imageErrors.missing(`${archivePath(role, sha256)} was not fetched`);
      return bytes;
    },
    async add(role, bytes) {
      files.set(archivePath(role, hashHex('sha256', bytes)), bytes);
    },
    async save() {},
  };
}

async function readArchive(folder: string): Promise<TrustArchive | undefined> {
  const bytes = await readBounded(join(folder, MANIFEST), limits.trustManifestBytes);
  if (bytes !== undefined) return parseArchive(decodeUtf8(bytes) ?? '');
  // Files of others are neither mixed with nor covered.
  const others = await readdir(folder).catch(() => []);
  if (others.every((name) => name === 'roles' || name.startsWith('.'))) return undefined;
  throw imageErrors.place_unreadable(
    `${folder} has no ${MANIFEST}, but other files: it is no archive of trust data`,
  );
}

/** Undefined where there is no such file. */
async function readBounded(path: string, mostBytes: number): Promise<Uint8Array | undefined> {
  try {
    const bytes = await readFile(path);
    if (bytes.byteLength > mostBytes)
      throw imageErrors.damaged(`${path} is larger than ${formatSize(mostBytes)}`);
    return bytes;
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR'))
      return undefined;
    if (error instanceof Error && 'kind' in error) throw error;
    throw imageErrors.place_unreadable(`${path} cannot be read: ${reason(error)}`, { cause: error });
  }
}
