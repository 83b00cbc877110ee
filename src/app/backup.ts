// Backup while the server runs, and restore. The rows first, as they are at one moment, then the blobs that they name:
// what a row names at that moment is removed by nobody before the grace is over, whereas blobs first would miss those
// of the rows that come meanwhile. The folder gets its name last, so that half a backup is never taken for one.
// The instance's signing keys go along, so that
// what it signed before and after is one instance's: a backup is to be kept as secret as the data folder.
// Advisories, caches and uploads under way are left out: they are fetched, made and sent again.
import { existsSync, readdirSync } from 'node:fs';
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import type { BackupOutcome } from '../entry/cli/world.ts';
import type { Digest } from '../formats/oci/digest.ts';
import { type BlobCopied, createBlobCopier } from '../io/blobs/blob-copy.ts';
import { syncFolder } from '../io/blobs/synced-folder.ts';
import type { Database } from '../io/db/database.ts';
import { openSqliteDatabase } from '../io/db/sqlite.ts';
import { copySqliteDatabase } from '../io/db/sqlite-copy.ts';
import { formatInstant } from '../kit/clock.ts';
import { isJsonObject, parseJson } from '../kit/json.ts';
import { pullsSinceSetting } from '../services/registry/pull.ts';
import { addDamage } from '../services/registry/rows/damage.ts';
import { appErrors } from './errors.ts';
import { readTextFile } from './text-file.ts';
import { trustFolders } from './trust-folders.ts';

const DATABASE = 'plimsoll.sqlite';
const LABEL = 'backup.json';
const BATCH = 500;

export interface BackupDeps {
  readonly now: () => number;
  readonly version: string;
  readonly signal: AbortSignal;
}

/**
 * Writes what the data folder keeps into `target`, which must not be there yet. Blobs are linked where `isCopied` is
 * false and the file system can. `app.backup_target_taken`, `app.backup_source_missing`, `db.unavailable`.
 */
export async function backUp(
  data: string,
  target: string,
  isCopied: boolean,
  deps: BackupDeps,
): Promise<BackupOutcome> {
  if (!existsSync(join(data, DATABASE)))
    throw appErrors.backup_source_missing(`there is no Plimsoll data in ${data}`);
  return build(target, async (folder) => {
    copySqliteDatabase(join(data, DATABASE), join(folder, DATABASE));
    await takeTrust(data, folder);
    const outcome = await takeBlobs(data, folder, !isCopied, deps);
    const label = { schema: 1, createdAt: formatInstant(deps.now()), version: deps.version, ...outcome };
    await writeSynced(join(folder, LABEL), `${JSON.stringify(label, undefined, 2)}\n`);
    return outcome;
  });
}

/**
 * Makes a data folder of a backup, every blob copied and proven. `app.backup_target_taken`,
 * `app.backup_source_missing`, `db.*`.
 */
export async function restore(source: string, data: string, deps: BackupDeps): Promise<BackupOutcome> {
  const label = parseJson((await readTextFile(join(source, LABEL), 64 * 1024)) ?? '');
  if (!isJsonObject(label) || label.schema !== 1)
    throw appErrors.backup_source_missing(`${source} is no whole backup: it has no ${LABEL}`);
  return build(data, async (folder) => {
    copySqliteDatabase(join(source, DATABASE), join(folder, DATABASE));
    await takeTrust(source, folder);
    return takeBlobs(source, folder, false, deps);
  });
}

/** Fills a folder beside the target and gives it the name when it is whole and durable. */
async function build(
  target: string,
  fill: (folder: string) => Promise<BackupOutcome>,
): Promise<BackupOutcome> {
  const folder = resolve(target);
  if (existsSync(folder) && readdirSync(folder).length > 0)
    throw appErrors.backup_target_taken(`${folder} is there and not empty`);
  const partial = join(dirname(folder), `.${basename(folder)}.partial`);
  await rm(partial, { recursive: true, force: true });
  await mkdir(partial, { recursive: true, mode: 0o700 });
  try {
    const outcome = await fill(partial);
    await syncFolder(partial);
    // An empty folder of that name gives way.
    await rm(folder, { recursive: true, force: true });
    await rename(partial, folder);
    await syncFolder(dirname(folder));
    return outcome;
  } catch (error) {
    await rm(partial, { recursive: true, force: true });
    throw error;
  }
}

/** After the rows, which name them: a key is there before its row is. The roots' keys go their own way. */
async function takeTrust(from: string, to: string): Promise<void> {
  for (const folder of [trustFolders.keys, trustFolders.repository])
    if (existsSync(join(from, folder))) await takeFolder(join(from, folder), join(to, folder));
}

async function takeFolder(source: string, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  for (const entry of readdirSync(source, { withFileTypes: true })) {
    const [from, to] = [join(source, entry.name), join(folder, entry.name)];
    if (entry.isDirectory()) await takeFolder(from, to);
    if (!entry.isFile()) continue;
    await using handle = await open(to, 'wx', 0o600);
    await handle.writeFile(await readFile(from));
    await handle.sync();
  }
  await syncFolder(folder);
  await syncFolder(dirname(folder));
}

async function takeBlobs(
  from: string,
  to: string,
  isLinked: boolean,
  { now, signal }: BackupDeps,
): Promise<BackupOutcome> {
  await using database = await openSqliteDatabase(join(to, DATABASE));
  // Their bytes are not taken along: clients send them again.
  await database.query.deleteFrom('upload').execute();
  // What is pulled after this moment it will never know: a server on it begins its record of pulls anew.
  await database.query.deleteFrom('setting').where('name', '=', pullsSinceSetting).execute();
  const copier = createBlobCopier(from, to);
  let [blobs, bytes] = [0, 0];
  const lost: string[] = [];
  for await (const { digest, sizeBytes } of listSound(database)) {
    signal.throwIfAborted();
    const copied = await copier.copy(digest, isLinked);
    if (copied === 'linked' || copied === 'copied') {
      blobs += 1;
      bytes += sizeBytes;
    } else if (!(await dropUnneeded(database, digest, copied))) {
      lost.push(digest);
      await markDamaged(database, digest, now());
    }
  }
  await copier.finish();
  return { blobs, bytes, lost };
}

async function* listSound(
  database: Database,
): AsyncGenerator<{ readonly digest: Digest; readonly sizeBytes: number }> {
  for (let after = ''; ; ) {
    const rows = await database.query
      .selectFrom('blob')
      .select(['digest', 'size_bytes'])
      .where('damaged_at', 'is', null)
      .where('digest', '>', after)
      .orderBy('digest')
      .limit(BATCH)
      .execute();
    for (const row of rows) yield { digest: row.digest as Digest, sizeBytes: row.size_bytes };
    const last = rows.at(-1);
    if (last === undefined || rows.length < BATCH) return;
    after = last.digest;
  }
}

/** Collected between the rows and its turn, since nothing needed it then: its row goes too. */
async function dropUnneeded(database: Database, digest: Digest, copied: BlobCopied): Promise<boolean> {
  if (copied !== 'missing') return false;
  const { query } = database;
  for (const table of ['repository_blob', 'manifest', 'trash'] as const) {
    const row = await query
      .selectFrom(table)
      .select('digest')
      .where('digest', '=', digest)
      .executeTakeFirst();
    if (row !== undefined) return false;
  }
  await query.deleteFrom('blob').where('digest', '=', digest).execute();
  return true;
}

/** It is not served; a mirror or the next push of it repairs it. */
async function markDamaged(database: Database, digest: Digest, now: number): Promise<void> {
  await database.transaction(async (query) => {
    await query.updateTable('blob').set({ damaged_at: now }).where('digest', '=', digest).execute();
    await addDamage(query, { digest, why: 'its bytes could not be taken over by a backup', now });
  });
}

async function writeSynced(file: string, text: string): Promise<void> {
  await using handle = await open(file, 'w');
  await handle.writeFile(text);
  await handle.sync();
}
