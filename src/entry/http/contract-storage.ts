// The contract's shapes of storage: what is kept, what goes, and what can come back. Read contract.ts first.
import { z } from 'zod';
import { instant } from './contract.ts';

const count = z.number().int();

const amount = z.object({ blobs: count, bytes: count });

const collectionRun = z.object({
  startedAt: instant,
  endedAt: instant,
  blobsRemoved: count,
  bytesRemoved: count,
  /** Due, but pushed or needed again at that moment. */
  blobsKept: count,
  blobsFailed: count,
  linksEnded: count,
  trashEnded: count,
  /** Repositories of which nothing was collected, and why. */
  aside: z.array(z.object({ repository: z.string(), why: z.string() })),
});

const storageCheckRun = z.object({
  startedAt: instant,
  endedAt: instant,
  /** As the rows say. */
  shown: amount,
  /** As found in the store. */
  stored: amount,
  /** Rows whose bytes were lost or of another size. */
  damaged: count,
  /** Found without a row. */
  stray: amount,
  strayRemoved: count,
});

const scrubRun = z.object({
  startedAt: instant,
  endedAt: instant,
  blobs: count,
  bytes: count,
  damaged: count,
  unreadable: count,
});

export const storageStatus = z
  .object({
    /** Seconds for which what nothing needs is kept, and what was deleted can be undeleted. */
    graceSeconds: count,
    shown: amount,
    collectable: amount,
    unusedLinks: count,
    damaged: amount,
    /** The disk: what is free, and what pushes leave free; below it they are refused. */
    disk: z.union([
      z.object({
        kind: z.literal('known'),
        freeBytes: count,
        totalBytes: count,
        reserveBytes: count,
        isLow: z.boolean(),
      }),
      z.object({ kind: z.literal('unknown'), why: z.string() }),
    ]),
    trash: z.object({ manifests: count, tags: count }),
    /** Every sound blob was proven since. */
    provenSince: instant.optional(),
    lastCollection: collectionRun.optional(),
    lastCheck: storageCheckRun.optional(),
    lastScrub: scrubRun.optional(),
  })
  .meta({ id: 'StorageStatus' });
export type StorageStatus = z.output<typeof storageStatus>;

export const collectableQuery = z.object({
  limit: z.coerce.number().int().min(1).max(10_000).default(1_000),
});

export const collectableList = z
  .object({
    blobs: z.array(
      z.object({
        digest: z.string(),
        sizeBytes: count,
        /** What is left of its grace; 0: it goes with the next run. */
        leftSeconds: count,
      }),
    ),
  })
  .meta({ id: 'CollectableList' });

export const queuedJob = z.object({ job: z.string() }).meta({ id: 'QueuedJob' });

export const trashList = z
  .object({
    trash: z.array(
      z.object({
        kind: z.enum(['manifest', 'tag']),
        digest: z.string(),
        tags: z.array(z.string()),
        deletedAt: instant,
        deletedBy: z.string(),
      }),
    ),
  })
  .meta({ id: 'TrashList' });

export const undeleteWish = z
  .strictObject({
    /** A digest, or a tag. */
    reference: z.string(),
  })
  .meta({ id: 'UndeleteWish' });

export const undeleted = z
  .object({
    digest: z.string(),
    tags: z.array(z.string()),
    /** Tags that had pointed there and point elsewhere now: they were left. */
    movedTags: z.array(z.string()),
    missingBlobs: count,
  })
  .meta({ id: 'Undeleted' });
