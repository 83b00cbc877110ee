// The standing check that the bytes shown are the bytes on disk: every row has its file of its size, and every file
// has its row. A row without its file is damage and is told; a file without a row (a process was killed between the
// two) is removed once it is old, under the gate that keeps pushes of the same blob apart.
import type { Digest } from '../../formats/oci/digest.ts';
import type { Log } from '../../kit/log.ts';
import { readState, writeState } from './collection/state.ts';
import type { DamageReporter } from './damage.ts';
import type { RegistryStores } from './stores.ts';

export interface StorageCheckReport {
  readonly startedAt: number;
  readonly endedAt: number;
  /** What the rows say, blobs known to be damaged left out. */
  readonly shownBlobs: number;
  readonly shownBytes: number;
  /** What lies in the store. */
  readonly storedBlobs: number;
  readonly storedBytes: number;
  /** Rows whose file is gone or of another size. */
  readonly damaged: number;
  /** Files without a row: removed, or too young to be. */
  readonly strayBlobs: number;
  readonly strayBytes: number;
  readonly strayRemoved: number;
}

export interface StorageCheck {
  run(signal: AbortSignal): Promise<StorageCheckReport>;
  last(): Promise<StorageCheckReport | undefined>;
}

export interface StorageCheckOptions {
  /** Files without a row that are younger are left alone. */
  readonly graceMs: number;
  readonly onDamage: DamageReporter;
  readonly log: Log;
}

interface StoredFile {
  readonly digest: Digest;
  readonly sizeBytes: number;
  readonly modifiedAt: number;
}

const BATCH = 500;

type Stores = Pick<RegistryStores, 'database' | 'blobs' | 'gate' | 'clock'>;

export function createStorageCheck(stores: Stores, options: StorageCheckOptions): StorageCheck {
  const { database, clock } = stores;
  return {
    async run(signal) {
      const startedAt = clock.now();
      const rows = await checkRows(stores, options, signal);
      const files = await checkFiles(stores, options, signal);
      const report: StorageCheckReport = { startedAt, endedAt: clock.now(), ...rows, ...files };
      await database.transaction((query) => writeState(query, 'check', report));
      if (report.damaged > 0 || report.strayBlobs > 0)
        options.log.error('the bytes shown are not the bytes stored', { ...report });
      return report;
    },
    last: () => readState(database.query, 'check'),
  };
}

async function checkRows(
  { database, blobs }: Stores,
  { onDamage }: StorageCheckOptions,
  signal: AbortSignal,
): Promise<Pick<StorageCheckReport, 'shownBlobs' | 'shownBytes' | 'damaged'>> {
  let [shownBlobs, shownBytes, damaged] = [0, 0, 0];
  for (let after = ''; ; ) {
    signal.throwIfAborted();
    const rows = await database.query
      .selectFrom('blob')
      .select(['digest', 'size_bytes', 'proven_at'])
      .where('digest', '>', after)
      .where('damaged_at', 'is', null)
      .orderBy('digest')
      .limit(BATCH)
      .execute();
    for (const { digest: text, size_bytes, proven_at: provenAt } of rows) {
      const digest = text as Digest;
      const found = await blobs.stat(digest);
      shownBlobs += 1;
      shownBytes += size_bytes;
      if (found?.sizeBytes === size_bytes) continue;
      // Collected since the row was read: then it is no longer shown.
      if (!(await isShown(database, digest))) continue;
      damaged += 1;
      const why = found === undefined ? 'its file is gone' : `its file has ${found.sizeBytes} bytes`;
      await onDamage({ digest, provenAt, why });
    }
    const last = rows.at(-1);
    if (last === undefined || rows.length < BATCH) return { shownBlobs, shownBytes, damaged };
    after = last.digest;
  }
}

async function isShown(database: Stores['database'], digest: Digest): Promise<boolean> {
  const row = await database.query
    .selectFrom('blob')
    .select('digest')
    .where('digest', '=', digest)
    .executeTakeFirst();
  return row !== undefined;
}

type FileCounts = Pick<
  StorageCheckReport,
  'storedBlobs' | 'storedBytes' | 'strayBlobs' | 'strayBytes' | 'strayRemoved'
>;

async function checkFiles(
  stores: Stores,
  options: StorageCheckOptions,
  signal: AbortSignal,
): Promise<FileCounts> {
  let counts: FileCounts = {
    storedBlobs: 0,
    storedBytes: 0,
    strayBlobs: 0,
    strayBytes: 0,
    strayRemoved: 0,
  };
  let batch: StoredFile[] = [];
  const flush = async (): Promise<void> => {
    signal.throwIfAborted();
    counts = await checkBatch(stores, options, batch, counts);
    batch = [];
  };
  for await (const file of stores.blobs.list()) {
    batch.push(file);
    if (batch.length === BATCH) await flush();
  }
  await flush();
  return counts;
}

async function checkBatch(
  stores: Stores,
  { graceMs }: StorageCheckOptions,
  batch: readonly StoredFile[],
  before: FileCounts,
): Promise<FileCounts> {
  if (batch.length === 0) return before;
  const rows = await stores.database.query
    .selectFrom('blob')
    .select('digest')
    .where(
      'digest',
      'in',
      batch.map((file) => file.digest),
    )
    .execute();
  const known = new Set(rows.map((row) => row.digest));
  const counts = { ...before };
  for (const file of batch) {
    counts.storedBlobs += 1;
    counts.storedBytes += file.sizeBytes;
    if (known.has(file.digest)) continue;
    const outcome = await sweep(stores, file, graceMs);
    if (outcome === 'named') continue;
    counts.strayBlobs += 1;
    counts.strayBytes += file.sizeBytes;
    if (outcome === 'removed') counts.strayRemoved += 1;
  }
  return counts;
}

/** Under the gate the row is looked for again: a push may have ended meanwhile. */
async function sweep(
  { database, blobs, gate, clock }: Stores,
  { digest, modifiedAt }: StoredFile,
  graceMs: number,
): Promise<'named' | 'removed' | 'young'> {
  const outcome = await gate.remove(digest, async () => {
    if (await isShown(database, digest)) return 'named';
    if (clock.now() - modifiedAt < graceMs) return 'young';
    // Deleted meanwhile by the collector, or here.
    return (await blobs.delete(digest)) ? 'removed' : 'named';
  });
  // Being pushed at this moment: its row is about to come.
  return outcome ?? 'named';
}
