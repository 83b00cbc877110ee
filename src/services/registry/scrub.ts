// Proves what is stored before anybody asks for it: reads the blobs that were proven longest ago, at a limited rate,
// and remembers each. What has changed is set aside and told (damage.ts); what cannot be read is told and tried again.
// A run takes a slice of time; the schedule begins the next. Nothing is proven twice within a week, but for a run that
// was asked for, which goes on until everything was proven since.
import { setTimeout as delay } from 'node:timers/promises';
import { createRunningDigest, type Digest, digestAlgorithm } from '../../formats/oci/digest.ts';
import { blobErrors } from '../../io/blobs/errors.ts';
import { isPlimsollError } from '../../kit/error.ts';
import type { Log } from '../../kit/log.ts';
import { readState, writeState } from './collection/state.ts';
import type { DamageReporter } from './damage.ts';
import { markProven } from './rows/blob.ts';
import type { RegistryStores } from './stores.ts';

export interface ScrubReport {
  readonly startedAt: number;
  readonly endedAt: number;
  readonly blobs: number;
  readonly bytes: number;
  /** Lost or changed. */
  readonly damaged: number;
  /** The disk failed while they were read. */
  readonly unreadable: number;
}

export interface Scrubber {
  /**
   * One slice of time, at most; stops between two chunks when `signal` aborts. With `provenBefore` everything that was
   * last proven up to then, however long it takes.
   */
  run(signal: AbortSignal, provenBefore?: number): Promise<ScrubReport>;
  last(): Promise<ScrubReport | undefined>;
}

export interface ScrubOptions {
  /** 0 reads nothing. */
  readonly bytesPerSecond: number;
  readonly onDamage: DamageReporter;
  readonly log: Log;
}

const WEEK_MS = 7 * 24 * 60 * 60 * 1000;
/** Half of the hour between two runs: other jobs of the same worker get their turn. */
const SLICE_MS = 30 * 60 * 1000;
const BATCH = 100;

interface Old {
  readonly digest: Digest;
  readonly sizeBytes: number;
  readonly provenAt: number | null;
}

export function createScrubber(
  stores: Pick<RegistryStores, 'database' | 'blobs' | 'clock'>,
  { bytesPerSecond, onDamage, log }: ScrubOptions,
): Scrubber {
  const { database, blobs, clock } = stores;
  let owedMs = 0;

  async function listOldest(before: number): Promise<readonly Old[]> {
    const rows = await database.query
      .selectFrom('blob')
      .select(['digest', 'size_bytes', 'proven_at'])
      .where('proven_at', '<=', before)
      .where('damaged_at', 'is', null)
      .orderBy('proven_at')
      .orderBy('digest')
      .limit(BATCH)
      .execute();
    return rows.map((row) => ({
      digest: row.digest as Digest,
      sizeBytes: row.size_bytes,
      provenAt: row.proven_at,
    }));
  }

  /** What the bytes are, read no faster than allowed. */
  async function judgeBlob(old: Old, signal: AbortSignal): Promise<string | undefined> {
    const running = createRunningDigest(digestAlgorithm(old.digest));
    for await (const chunk of await blobs.read(old.digest)) {
      signal.throwIfAborted();
      const { byteLength } = chunk as Uint8Array;
      running.update(chunk as Uint8Array);
      const pauseMs = (byteLength * 1000) / bytesPerSecond;
      // Timers count whole milliseconds: shorter pauses are taken together.
      owedMs += pauseMs;
      if (owedMs < 20) continue;
      await delay(owedMs, undefined, { signal });
      owedMs = 0;
    }
    if (running.sizeBytes !== old.sizeBytes) return `its file has ${running.sizeBytes} bytes`;
    return running.digest() === old.digest ? undefined : 'its digest has changed';
  }

  async function scrub(old: Old, signal: AbortSignal): Promise<'sound' | 'damaged' | 'unreadable'> {
    const { digest, provenAt } = old;
    try {
      const why = await judgeBlob(old, signal);
      if (why === undefined) {
        await database.transaction((query) => markProven(query, digest, provenAt, clock.now()));
        return 'sound';
      }
      await onDamage({ digest, provenAt, why });
      return 'damaged';
    } catch (error) {
      signal.throwIfAborted();
      if (isPlimsollError(error, { code: blobErrors.missing.code })) {
        await onDamage({ digest, provenAt, why: 'its file is gone' });
        return 'damaged';
      }
      log.error('a stored blob cannot be read', { digest, error });
      return 'unreadable';
    }
  }

  return {
    async run(signal, provenBefore) {
      const startedAt = clock.now();
      const isInTime = (): boolean => provenBefore !== undefined || clock.now() - startedAt < SLICE_MS;
      let counts = { blobs: 0, bytes: 0, damaged: 0, unreadable: 0 };
      const seen = new Set<Digest>();
      while (bytesPerSecond > 0 && isInTime()) {
        // What could not be read, and what a push repaired meanwhile, is still among the oldest.
        const before = provenBefore ?? startedAt - WEEK_MS;
        const oldest = (await listOldest(before)).filter(({ digest }) => !seen.has(digest));
        if (oldest.length === 0) break;
        for (const old of oldest) {
          if (!isInTime()) break;
          signal.throwIfAborted();
          seen.add(old.digest);
          const outcome = await scrub(old, signal);
          counts = {
            blobs: counts.blobs + 1,
            bytes: counts.bytes + old.sizeBytes,
            damaged: counts.damaged + (outcome === 'damaged' ? 1 : 0),
            unreadable: counts.unreadable + (outcome === 'unreadable' ? 1 : 0),
          };
        }
      }
      const report: ScrubReport = { startedAt, endedAt: clock.now(), ...counts };
      await database.transaction((query) => writeState(query, 'scrub', report));
      return report;
    },
    last: () => readState(database.query, 'scrub'),
  };
}
