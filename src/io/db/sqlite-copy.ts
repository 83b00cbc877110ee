// A copy of a SQLite database as it is at one moment, while others go on writing to it: one read transaction, which in
// WAL mode holds up nobody. The copy is one whole file, synced.
import { DatabaseSync } from 'node:sqlite';
import { describeError } from '../../kit/error.ts';
import { dbErrors } from './errors.ts';

/** `to` must not be there yet. `db.unavailable` where either cannot be used. */
export function copySqliteDatabase(from: string, to: string): void {
  let source: DatabaseSync | undefined;
  try {
    source = new DatabaseSync(from, { readOnly: true, timeout: 30_000 });
    source.exec('pragma synchronous = full');
    source.prepare('vacuum into ?').run(to);
  } catch (cause) {
    throw dbErrors.unavailable(`the database ${from} cannot be copied: ${describeError(cause)}`, { cause });
  } finally {
    source?.close();
  }
}
