// An advisory shelf in one folder: one immutable SQLite file, `advisories.sqlite`. The next store is
// built beside it, synced, and renamed over it (file and folder synced), so that a reader always sees one
// whole store: an open one keeps its file until it is disposed of. Nothing half-written gets the name.
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Clock, Random } from '../../kit/clock.ts';
import { describeError, isPlimsollError } from '../../kit/error.ts';
import { advisoryErrors } from './errors.ts';
import { createMemoryShelf } from './memory-shelf.ts';
import { createSqliteBuild } from './sqlite-build.ts';
import { createSqliteCopy } from './sqlite-copy.ts';
import { openSqliteStore } from './sqlite-store.ts';
import type { AdvisoryCopy, AdvisoryShelf, AdvisoryWriter } from './store.ts';

const PRESENT = 'advisories.sqlite';
const BUILDING = 'building-';

/** A build this old belongs to a process that died: the largest refresh takes minutes. */
const ABANDONED_MS = 24 * 60 * 60 * 1000;

/** A shelf over `folder`, which is made when first written to. */
export function createSqliteShelf(deps: {
  readonly folder: string;
  readonly clock: Clock;
  readonly random: Random;
}): AdvisoryShelf {
  const present = join(deps.folder, PRESENT);
  return {
    async open() {
      return isFile(present) ? openSqliteStore(present) : createMemoryShelf().open();
    },
    async write() {
      prepareFolder(deps.folder, deps.clock.now());
      const path = join(deps.folder, `${BUILDING}${deps.random.uuid()}.sqlite`);
      return writing(deps.folder, () => createWriter(deps.folder, path));
    },
    async copy() {
      prepareFolder(deps.folder, deps.clock.now());
      const path = join(deps.folder, `${BUILDING}${deps.random.uuid()}.sqlite`);
      return writing(deps.folder, () => createCopy(deps.folder, path));
    },
  };
}

function createWriter(folder: string, path: string): AdvisoryWriter {
  const build = createSqliteBuild(path);
  const present = join(folder, PRESENT);
  return {
    beginFeed: build.beginFeed,
    abandonFeed: build.abandonFeed,
    add: (row) => writing(folder, () => build.add(row)),
    endFeed: (row) => writing(folder, () => build.endFeed(row)),
    async finish() {
      writing(folder, () => {
        build.finish(isReadable(present) ? present : undefined);
        putInPlace(folder, path);
      });
    },
    async [Symbol.asyncDispose]() {
      build.close();
      for (const leftover of [path, `${path}-journal`, `${path}.staging`]) rmSync(leftover, { force: true });
    },
  };
}

function createCopy(folder: string, path: string): AdvisoryCopy {
  const copy = createSqliteCopy(path);
  return {
    add: (block) => writing(folder, () => copy.add(block)),
    async finish(feeds) {
      writing(folder, () => {
        copy.finish(feeds);
        putInPlace(folder, path);
      });
    },
    async [Symbol.asyncDispose]() {
      copy.close();
      for (const leftover of [path, `${path}-journal`]) rmSync(leftover, { force: true });
    },
  };
}

/** The finished file takes the present one's name. */
function putInPlace(folder: string, path: string): void {
  syncPath(path);
  renameSync(path, join(folder, PRESENT));
  syncPath(folder);
}

/** Makes the folder and clears what a killed process left. */
function prepareFolder(folder: string, now: number): void {
  writing(folder, () => {
    mkdirSync(folder, { recursive: true });
    for (const name of readdirSync(folder)) {
      const path = join(folder, name);
      if (name.startsWith(BUILDING) && statSync(path).mtimeMs < now - ABANDONED_MS) rmSync(path);
    }
  });
}

/** The disk's and SQLite's own errors become the domain's. */
function writing<T>(folder: string, work: () => T): T {
  const refuse = (cause: unknown): never => {
    if (isPlimsollError(cause)) throw cause;
    throw advisoryErrors.folder_unusable(
      `${folder} cannot hold the advisory store: ${describeError(cause)}`,
      {
        cause,
      },
    );
  };
  try {
    const result = work();
    return result instanceof Promise ? (result.catch(refuse) as T) : result;
  } catch (cause) {
    return refuse(cause);
  }
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}

/** A damaged present store has nothing to carry over; the one being built mends it. */
function isReadable(path: string): boolean {
  if (!isFile(path)) return false;
  try {
    openSqliteStore(path).close();
    return true;
  } catch {
    return false;
  }
}

function syncPath(path: string): void {
  const isFolder = statSync(path).isDirectory();
  // Windows cannot open a folder to sync it, and makes renames durable itself.
  if (isFolder && process.platform === 'win32') return;
  const handle = openSync(path, isFolder ? 'r' : 'r+');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
