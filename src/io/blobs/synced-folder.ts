// Folders whose names survive a power loss: a new entry is durable only after its parent folder was synced.
import { mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Makes the entries of a folder durable (new, renamed and removed names). */
export async function syncFolder(folder: string): Promise<void> {
  // Windows cannot open a folder for syncing; NTFS journals its names by itself.
  if (process.platform === 'win32') return;
  await using handle = await open(folder, 'r');
  await handle.sync();
}

export interface SyncedFolders {
  /** The folder and those above it exist, durably. Cheap when repeated. */
  make(folder: string): Promise<void>;
}

/** Remembers which folders it has made sure of; a folder from an earlier run is synced once again. */
export function createSyncedFolders(): SyncedFolders {
  const made = new Map<string, Promise<void>>();

  async function makeNow(folder: string): Promise<void> {
    const first = await mkdir(folder, { recursive: true });
    // `first` is the topmost folder that mkdir made: every parent from there down has a new entry.
    const top = first === undefined ? folder : first;
    for (let at = folder; ; at = dirname(at)) {
      await syncFolder(dirname(at));
      if (at === top || dirname(at) === at) return;
    }
  }

  return {
    make(folder) {
      const before = made.get(folder);
      if (before !== undefined) return before;
      const now = makeNow(folder).catch((cause: unknown) => {
        made.delete(folder);
        throw cause;
      });
      made.set(folder, now);
      return now;
    },
  };
}
