// One process renews a part at a time: two that asked with two new keys would look to the instance like a thief and his
// victim. The lock is SQLite's own on an empty database beside the file: the kernel drops it with its process, so that
// one that died holds nothing.
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as pause } from 'node:timers/promises';
import { partFilesErrors } from './errors.ts';

/** SQLite's code for a lock that another holds: sqlite.org/rescode.html. */
const BUSY = 5;
/** A renewal takes some hundredths of a second. */
const LOOK_MS = 50;

/** Waits so long at most, without holding the process up. `partfiles.in_use`, `partfiles.unavailable` */
export async function lockPart(path: string, waitMs: number): Promise<Disposable> {
  for (let waitedMs = 0; ; waitedMs += LOOK_MS) {
    const lock = tryLock(path);
    if (lock !== undefined) return lock;
    if (waitedMs >= waitMs) throw partFilesErrors.in_use(`another process holds ${path}`);
    await pause(LOOK_MS);
  }
}

function tryLock(path: string): Disposable | undefined {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path, { timeout: 0 });
    // Never committed: the lock lasts as long as the transaction.
    database.exec('begin exclusive');
  } catch (cause) {
    database?.close();
    const { errcode } = cause as { errcode?: number };
    // The low byte is the primary code, above it stands the detail.
    if (errcode !== undefined && (errcode & 0xff) === BUSY) return undefined;
    throw partFilesErrors.unavailable(`${path} cannot be locked: ${(cause as Error).message}`, { cause });
  }
  const held = database;
  return { [Symbol.dispose]: () => held.close() };
}
