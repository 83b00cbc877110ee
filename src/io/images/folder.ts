// A folder of files on disk, looked at as an image of one layer is: the same view over the same rules, fed by a
// walk in place of a tar. Links are resolved with the folder as root, as in a container, and never followed out
// of it. Nothing is written; no file is opened that nobody wants.
import { randomInt } from 'node:crypto';
import { realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { linkDestination } from '../../formats/archive/safe-path.ts';
import type { OnTarEntry, TarEntry, TarKind } from '../../formats/archive/tar-reader.ts';
import { type Digest, digestOf } from '../../formats/oci/digest.ts';
import { type Limits, limits as standardLimits } from '../../kit/limits.ts';
import { imageErrors } from './errors.ts';
import type { FileWish, LayerSummary, SquashedView } from './files.ts';
import { digestOfContent } from './folder/content-digest.ts';
import { readBody } from './folder/file-body.ts';
import { type FolderEntry, look, walkFolder } from './folder/walk.ts';
import { reason } from './layout/durable-file.ts';
import { finishView, wantLinkTargets } from './squash/finish.ts';
import { createUnknownList, type UnknownList } from './squash/unknowns.ts';
import { createView, type LayerCounts } from './squash/view.ts';

export interface FolderOptions {
  readonly limits?: Limits;
  /** Asked between folders. */
  readonly signal?: AbortSignal;
}

/** The type of the one layer that a folder counts as; no image has it. */
const FOLDER_TYPE = 'inode/directory';

/**
 * The view, of one layer whose digest is that of the wanted files. `images.place_unreadable` where the folder is
 * none or cannot be read. What cannot be read inside it, and what passes the limits, are unknowns.
 */
export async function readFolder(
  folder: string,
  wish: FileWish,
  options: FolderOptions = {},
): Promise<SquashedView> {
  const { limits = standardLimits } = options;
  const root = await openRoot(folder);
  const unknowns = createUnknownList();
  const reader = createReader(root, wish, limits);
  const view = createView(reader.wish, limits, [randomInt(2 ** 32), randomInt(2 ** 32)], unknowns);
  const counts = { entries: 0, deletions: 0 };
  const onEntry = view.layer(0, counts);
  const firstNames = new Map<string, string>();
  for await (const entry of walkFolder(root, { ...options, limits, unknowns })) {
    const { path, stats } = entry;
    if (stats.isFile() || stats.isDirectory() || stats.isSymbolicLink()) {
      const told = toTarEntry(entry, stats.isFile() && stats.nlink > 1 ? firstNames : undefined);
      await reader.give(entry, told, onEntry, unknowns);
      if (told.kind === 'symlink') await checkClimb(root, entry, unknowns);
    } else if (wish.wants(path, { sizeBytes: 0, mode: stats.mode & MODE_BITS }) === 'whole')
      unknowns.add(path, 'it is a pipe, socket or device, which has no content of its own');
  }
  view.settle();
  view.closeDemands();
  wantLinkTargets(view, wish, unknowns);
  // What is asked for now is a file of the walk: one round finds all.
  for (const [position, wanted] of view.secondLooks)
    for (const path of wanted.keys()) {
      const entry = await look(root, path);
      if (typeof entry === 'string') unknowns.add(path, `it cannot be read: ${entry}`, 'entries');
      else await reader.give(entry, toTarEntry(entry), view.again(position, wanted), unknowns);
    }
  const finish = (digest: Digest): SquashedView =>
    finishView(view, wish, [layerOf(digest, view.totals.totalBytes, counts)], unknowns);
  return finish(digestOfContent(finish(digestOf(''))));
}

/** Permission bits with setuid, setgid and sticky, as a tar has them. */
const MODE_BITS = 0o7777;

/** Real, so that a link to the folder is followed this once. */
async function openRoot(folder: string): Promise<string> {
  try {
    const root = await realpath(folder);
    if ((await stat(root)).isDirectory()) return root;
  } catch (cause) {
    throw imageErrors.place_unreadable(`${folder} cannot be read: ${reason(cause)}`, { cause });
  }
  throw imageErrors.place_unreadable(`${folder} is not a folder`);
}

/** Gives entries to a view, opening those files alone whose bytes it asks for. */
function createReader(root: string, wish: FileWish, limits: Limits) {
  let isRejected = false;
  // The view tells nobody that the first bytes decided against a file: its rest need not be read.
  const watched: FileWish = {
    ...wish,
    ...(wish.keeps && {
      keeps(path, head) {
        isRejected = wish.keeps?.(path, head) === false;
        return !isRejected;
      },
    }),
  };
  return {
    wish: watched,
    async give(
      entry: FolderEntry,
      told: TarEntry,
      onEntry: OnTarEntry,
      unknowns: UnknownList,
    ): Promise<void> {
      isRejected = false;
      const body = onEntry(told);
      if (body === undefined) return;
      const isTooLarge = entry.stats.size > (wish.limitBytes?.(entry.path) ?? limits.wantedFileBytes);
      const failure = await readBody(
        join(root, entry.path),
        entry.stats,
        body,
        () => isRejected || isTooLarge,
      );
      if (failure !== undefined) unknowns.add(entry.path, failure, 'wanted files');
    },
  };
}

/** As a tar would have it; `firstNames` (by file) makes a hard link of every further name of a file. */
function toTarEntry({ path, stats, linkPath }: FolderEntry, firstNames?: Map<string, string>): TarEntry {
  const file = `${stats.dev}:${stats.ino}`;
  const firstName = firstNames?.get(file);
  if (firstName === undefined) firstNames?.set(file, path);
  const kind: TarKind = stats.isDirectory() ? 'folder' : stats.isSymbolicLink() ? 'symlink' : 'file';
  return {
    kind: firstName === undefined ? kind : 'hardlink',
    path,
    linkPath: firstName ?? linkPath,
    sizeBytes: kind === 'file' && firstName === undefined ? stats.size : 0,
    mode: stats.mode & MODE_BITS,
    uid: stats.uid,
    gid: stats.gid,
    mtimeSeconds: Math.floor(stats.mtimeMs / 1000),
    bodyOffsetBytes: 0,
  };
}

/** Says a relative link that climbs out of the folder to something else than it would find with the folder as root. */
async function checkClimb(
  root: string,
  { path, linkPath }: FolderEntry,
  unknowns: UnknownList,
): Promise<void> {
  if (linkPath.startsWith('/')) return;
  let depth = path.split('/').length - 1;
  const climbs = linkPath.split('/').some((part) => {
    if (part === '..') depth -= 1;
    else if (part !== '' && part !== '.') depth += 1;
    return depth < 0;
  });
  if (!climbs) return;
  const inside = linkDestination(path, linkPath);
  if (inside !== undefined && typeof (await look(root, inside)) !== 'string') return;
  unknowns.add(path, 'it is a symbolic link that leads out of the folder, which was not followed', 'links');
}

function layerOf(digest: Digest, sizeBytes: number, counts: LayerCounts): LayerSummary {
  return {
    position: 0,
    digest,
    diffId: digest,
    mediaType: FOLDER_TYPE,
    sizeBytes,
    unpackedBytes: sizeBytes,
    ...counts,
  };
}
