// A layer cache in a folder: one file per key, written beside and renamed, so that any number of processes may
// share it; a checksum in each, so that a cut, foreign or damaged file is simply not there. Nothing is synced: what a
// power loss takes is read again. Least recently used files go, by modification time, which reading renews.
// Trust: a record decides what is found in an image. The folder is this user's alone (made 0700, files 0600); one
// that another user owns or may write is not used at all.
import { createHash } from 'node:crypto';
import { mkdir, open, readdir, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Clock, Random } from '../../kit/clock.ts';
import { limits } from '../../kit/limits.ts';
import type { LayerCache } from './layer-cache.ts';

export interface FolderLayerCacheOptions {
  /** Made where absent, with those above it. */
  readonly folder: string;
  /** What all files together may have; passed by what is written between two sweeps, a sixteenth of it. */
  readonly limitBytes: number;
  readonly generation: string;
  readonly clock: Clock;
  readonly random: Random;
}

const MAGIC = Buffer.from('plimsoll layer 1\n');
const CHECKSUM_BYTES = 32;
const HEAD_BYTES = MAGIC.byteLength + CHECKSUM_BYTES;
/** A record's own head of some hundred bytes stands outside its bound, as does the last of its blocks' rows. */
const FILE_BYTES = limits.layerRecordBytes + 16 * 1024 * 1024;
const KEY = /^[0-9a-f]{64}$/;
const FILE = /^[0-9a-f]{64}\.layer$/;
const TEMPORARY = /^[0-9a-f]{64}\.[0-9a-f-]{36}\.tmp$/;
/** A temporary file older than this belongs to a process that is gone: writing one takes milliseconds. */
const STALE_MS = 60 * 60 * 1000;

export function createFolderLayerCache(options: FolderLayerCacheOptions): LayerCache {
  const { folder, limitBytes, generation, clock, random } = options;
  let isOwn: Promise<boolean> | undefined;
  /** Written since the last sweep; the first write sweeps. */
  let writtenBytes = Number.POSITIVE_INFINITY;

  const fileOf = (key: string): string => join(folder, `${key}.layer`);
  const own = (): Promise<boolean> => (isOwn ??= prepareFolder(folder));

  async function write(key: string, bytes: Uint8Array): Promise<void> {
    const temporary = join(folder, `${key}.${random.uuid()}.tmp`);
    try {
      await writeFile(temporary, [MAGIC, checksum(key, bytes), bytes], { mode: 0o600, flag: 'wx' });
      await utimes(temporary, clock.now() / 1000, clock.now() / 1000);
      await rename(temporary, fileOf(key));
    } catch {
      await rm(temporary, { force: true });
      return;
    }
    writtenBytes += HEAD_BYTES + bytes.byteLength;
    if (writtenBytes <= limitBytes / 16) return;
    writtenBytes = 0;
    await sweep(folder, limitBytes, clock);
  }

  return Object.freeze<LayerCache>({
    generation,
    async read(key) {
      if (!KEY.test(key) || !(await own().catch(() => false))) return undefined;
      return readRecord(fileOf(key), key, clock).catch(() => undefined);
    },
    async write(key, bytes) {
      const sizeBytes = HEAD_BYTES + bytes.byteLength;
      if (!KEY.test(key) || sizeBytes > Math.min(limitBytes, FILE_BYTES)) return;
      if (await own().catch(() => false)) await write(key, bytes).catch(() => {});
    },
  });
}

async function readRecord(file: string, key: string, clock: Clock): Promise<Uint8Array | undefined> {
  await using handle = await open(file, 'r');
  const { size } = await handle.stat();
  if (size < HEAD_BYTES || size > FILE_BYTES) return undefined;
  const all = Buffer.allocUnsafe(size);
  const { bytesRead } = await handle.read(all, 0, size, 0);
  const bytes = all.subarray(HEAD_BYTES);
  const isSound =
    bytesRead === size &&
    MAGIC.equals(all.subarray(0, MAGIC.byteLength)) &&
    checksum(key, bytes).equals(all.subarray(MAGIC.byteLength, HEAD_BYTES));
  if (!isSound) return undefined;
  // A folder that may only be read (a mounted cache of CI) is still read.
  await handle.utimes(clock.now() / 1000, clock.now() / 1000).catch(() => {});
  return bytes;
}

/** With the key, so that a file under another's name is damaged too. */
function checksum(key: string, bytes: Uint8Array): Buffer {
  return createHash('sha256').update(key).update(bytes).digest();
}

/** Makes the folder; whether this user owns it and nobody else may write it. */
async function prepareFolder(folder: string): Promise<boolean> {
  await makeFolder(folder);
  const { uid, mode } = await stat(folder);
  const user = process.getuid?.();
  // Windows has neither owner nor mode here; a profile's folders are the user's by inheritance.
  return user === undefined || (uid === user && (mode & 0o022) === 0);
}

/** Not mkdir's own `recursive`: where a parent stands and still says ENOENT (/proc), libuv asks it for ever. */
async function makeFolder(folder: string): Promise<void> {
  const parent = dirname(folder);
  if (parent !== folder && !(await exists(parent))) await makeFolder(parent);
  await mkdir(folder, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

/** Removes what is over the limit, oldest first, and what a killed process left. Others may sweep at the same time. */
async function sweep(folder: string, limitBytes: number, clock: Clock): Promise<void> {
  const names = await readdir(folder);
  const files: { path: string; sizeBytes: number; usedAt: number }[] = [];
  for (const name of names) {
    if (!FILE.test(name) && !TEMPORARY.test(name)) continue;
    const path = join(folder, name);
    const found = await stat(path).catch(() => undefined);
    if (found === undefined) continue;
    if (FILE.test(name)) files.push({ path, sizeBytes: found.size, usedAt: found.mtimeMs });
    else if (found.mtimeMs < clock.now() - STALE_MS) await rm(path, { force: true });
  }
  let usedBytes = files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  for (const { path, sizeBytes } of files.sort((a, b) => a.usedAt - b.usedAt)) {
    if (usedBytes <= limitBytes) return;
    await rm(path, { force: true });
    usedBytes -= sizeBytes;
  }
}
