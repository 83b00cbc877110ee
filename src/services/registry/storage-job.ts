// The jobs that keep the store: collecting hourly, scrubbing hourly, the standing check daily. All can be run again.
// Typed by what a worker wants, without knowing workers.
import type { JsonObject } from '../../kit/json.ts';
import type { Log } from '../../kit/log.ts';
import type { Collection } from './collection.ts';
import type { Scrubber } from './scrub.ts';
import type { StorageCheck } from './storage-check.ts';

export const collectJob = Object.freeze({ kind: 'collect', key: 'all', input: {} });
export const scrubJob = Object.freeze({ kind: 'scrub', key: 'all', input: {} });
/** Everything that was last proven before `now`: asked for, beside the scheduled one. */
export const scrubAllJob = (now: number) =>
  Object.freeze({ kind: 'scrub', key: 'asked', input: { provenBefore: now } });
export const checkStorageJob = Object.freeze({ kind: 'check-storage', key: 'all', input: {} });

export interface StorageJobs {
  readonly collection: Collection;
  readonly scrubber: Scrubber;
  readonly storageCheck: StorageCheck;
}

interface StorageHandler {
  run(job: { readonly input: JsonObject }, signal: AbortSignal): Promise<void>;
}

export function createStorageHandlers(
  { collection, scrubber, storageCheck }: StorageJobs,
  log: Log,
): Readonly<Record<string, StorageHandler>> {
  return {
    [collectJob.kind]: {
      async run(_job, signal) {
        const { blobsRemoved, bytesRemoved, linksEnded, trashEnded } = await collection.run(signal);
        if (blobsRemoved + linksEnded + trashEnded > 0)
          log.notice('collected', { blobsRemoved, bytesRemoved, linksEnded, trashEnded });
      },
    },
    [scrubJob.kind]: {
      async run({ input: { provenBefore } }, signal) {
        const asked = typeof provenBefore === 'number' ? provenBefore : undefined;
        const { blobs, bytes, damaged, unreadable } = await scrubber.run(signal, asked);
        if (blobs > 0) log.debug('scrubbed', { blobs, bytes, damaged, unreadable });
      },
    },
    [checkStorageJob.kind]: {
      async run(_job, signal) {
        await storageCheck.run(signal);
      },
    },
  };
}
