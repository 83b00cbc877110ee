// One server a data folder: two would cancel each other's uploads and run each other's jobs. The lock is
// SQLite's own, held open on an empty database beside the rest: the kernel drops it with the process, so
// that kill -9 leaves nothing to clean up, and it also holds between two servers of one process.
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { appErrors } from './errors.ts';

/** SQLite's code for a lock that another holds: sqlite.org/rescode.html. */
const BUSY = 5;

/** Holds the folder until disposed, or throws `app.folder_in_use`, `app.folder_unwritable`. */
export function lockDataFolder(folder: string): Disposable {
  let lock: DatabaseSync | undefined;
  try {
    lock = new DatabaseSync(join(folder, 'lock.sqlite'), { timeout: 0 });
    // Never committed: the lock lasts as long as the transaction.
    lock.exec('begin exclusive');
  } catch (cause) {
    lock?.close();
    const { errcode } = cause as { errcode?: number };
    // The low byte is the primary code, above it stands the detail.
    if (errcode !== undefined && (errcode & 0xff) === BUSY)
      throw appErrors.folder_in_use(`another Plimsoll server uses the data folder ${folder}`, { cause });
    throw appErrors.folder_unwritable(`the data folder ${folder} cannot be locked`, { cause });
  }
  const held = lock;
  return { [Symbol.dispose]: () => held.close() };
}
