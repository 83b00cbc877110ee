// The entries of a folder on disk, in one order on every machine: as a tar of the folder would tell them.
// Invariant: symbolic links are told and never followed, other than that of the folder itself; what cannot be
// listed, and file systems that the kernel makes up, become unknowns.
import type { Stats } from 'node:fs';
import { lstat, readdir, readlink, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { safePath } from '../../../formats/archive/safe-path.ts';
import { decodeUtf8 } from '../../../kit/bytes.ts';
import type { Limits } from '../../../kit/limits.ts';
import { reason } from '../layout/durable-file.ts';
import type { UnknownList } from '../squash/unknowns.ts';

export interface FolderEntry {
  /** Normalised, below the folder. */
  readonly path: string;
  readonly stats: Stats;
  /** Of a symbolic link: its target as written. */
  readonly linkPath: string;
}

export interface WalkOptions {
  readonly limits: Limits;
  readonly unknowns: UnknownList;
  readonly signal?: AbortSignal;
}

/** Entries looked up at a time: enough to keep the disk busy, few enough to hold. */
const AT_ONCE = 64;

/** linux/magic.h: file systems that hold the kernel's answers, devices or other machines' folders on demand. */
const KERNEL_FILE_SYSTEMS: ReadonlySet<number> = new Set([
  0x9fa0, // proc
  0x62656572, // sysfs
  0x1cd1, // devpts
  0x27e0eb, // cgroup
  0x63677270, // cgroup2
  0x64626720, // debugfs
  0x74726163, // tracefs
  0x73636673, // securityfs
  0xcafe4a11, // bpf
  0x6165676c, // pstore
  0x19800202, // mqueue
  0x42494e4d, // binfmt_misc
  0x62656570, // configfs
  0xf97cff8c, // selinuxfs
  0x65735543, // fusectl
  0xde5e81e4, // efivarfs
  0x0187, // autofs
  0x6e736673, // nsfs
]);

/** Every entry below `root`, a folder before what it holds, names by code unit. */
export async function* walkFolder(root: string, options: WalkOptions): AsyncGenerator<FolderEntry> {
  const { limits, unknowns, signal } = options;
  const top = await lstat(root);
  const waiting: { readonly path: string; readonly device: number }[] = [{ path: '', device: top.dev }];
  let entries = 0;
  for (let folder = waiting.pop(); folder !== undefined; folder = waiting.pop()) {
    signal?.throwIfAborted();
    const below: typeof waiting = [];
    for await (const entry of list(root, folder.path, unknowns)) {
      entries += 1;
      if (entries > limits.imageEntries) {
        unknowns.add(
          entry.path,
          `the folder has more than ${limits.imageEntries} entries; the rest was not read`,
        );
        return;
      }
      if (entry.stats.isDirectory()) {
        const kernel = await describeKernelFiles(root, entry, folder.device);
        if (kernel === undefined) below.push({ path: entry.path, device: entry.stats.dev });
        else unknowns.add(entry.path, kernel);
      }
      yield entry;
    }
    waiting.push(...below.reverse());
  }
}

async function* list(root: string, folder: string, unknowns: UnknownList): AsyncGenerator<FolderEntry> {
  const paths = (await listNames(root, folder, unknowns)).sort();
  for (let at = 0; at < paths.length; at += AT_ONCE) {
    const some = paths.slice(at, at + AT_ONCE);
    const entries = await Promise.all(some.map((path) => look(root, path)));
    for (const [position, entry] of entries.entries())
      if (typeof entry !== 'string') yield entry;
      else unknowns.add(some[position] as string, `it cannot be read: ${entry}`, 'entries');
  }
}

async function listNames(root: string, folder: string, unknowns: UnknownList): Promise<string[]> {
  const names = await readdir(join(root, folder), { encoding: 'buffer' }).catch((error: unknown) => {
    unknowns.add(folder === '' ? '.' : folder, `the folder cannot be listed: ${reason(error)}`, 'folders');
    return [];
  });
  const paths: string[] = [];
  for (const bytes of names) {
    const name = decodeUtf8(bytes);
    const path = name === undefined ? undefined : safePath(folder === '' ? name : `${folder}/${name}`);
    const shown = join(folder, bytes.toString());
    if (name === undefined) unknowns.add(shown, 'its name is not UTF-8', 'names');
    else if (path === undefined) unknowns.add(shown, 'its path is too long', 'names');
    else if (name.startsWith('.wh.'))
      unknowns.add(path, 'in an image its name would delete another file', 'names');
    else paths.push(path);
  }
  return paths;
}

/** The entry at a path below `root`, or why there is none. */
export async function look(root: string, path: string): Promise<FolderEntry | string> {
  try {
    const full = join(root, path);
    const stats = await lstat(full);
    return { path, stats, linkPath: stats.isSymbolicLink() ? await readlink(full) : '' };
  } catch (error) {
    return reason(error);
  }
}

/** Why a folder is not entered: only mount points can be the kernel's. */
async function describeKernelFiles(
  root: string,
  { path, stats }: FolderEntry,
  parentDevice: number,
): Promise<string | undefined> {
  if (stats.dev === parentDevice) return undefined;
  // devtmpfs calls itself tmpfs, which elsewhere holds files like any other.
  const isDevices = root === '/' && path === 'dev';
  const type = isDevices ? undefined : await statfs(join(root, path)).catch(() => undefined);
  return isDevices || (type !== undefined && KERNEL_FILE_SYSTEMS.has(type.type >>> 0))
    ? 'it is a file system of the running kernel, which was not entered'
    : undefined;
}
