// How much room the file system of a folder has (statfs), for whoever must not fill it.
import { statfs } from 'node:fs/promises';

export interface DiskSpace {
  /** What this process may still write. */
  readonly freeBytes: number;
  readonly totalBytes: number;
}

/** Asks the file system; throws what it says where it cannot be asked. */
export async function readDiskSpace(folder: string): Promise<DiskSpace> {
  const { bavail, blocks, bsize } = await statfs(folder);
  return { freeBytes: bavail * bsize, totalBytes: blocks * bsize };
}
