// The server's background: events become jobs, jobs run, some things happen every so often.

import { parseDigest } from '../formats/oci/digest.ts';
import type { FeedSource } from '../io/advisories/feed-source.ts';
import type { Database } from '../io/db/database.ts';
import type { Log } from '../kit/log.ts';
import { type AdvisoryPlace, createPublishHandler, publishJob } from '../services/hub/advisory-publish.ts';
import { createRefreshHandler, noticeNewShelf, refreshJob } from '../services/hub/advisory-watch.ts';
import { type ChangeTellerDeps, createChangeTeller } from '../services/hub/change-teller.ts';
import { createChangeRoutes, tellJob } from '../services/hub/changes.ts';
import { createDamageRoutes } from '../services/hub/damage-teller.ts';
import { createDeliverHandler, type DeliverDeps } from '../services/hub/deliver.ts';
import { deliverJob } from '../services/hub/deliveries.ts';
import { createIndexLayersHandler, indexLayersJob } from '../services/hub/image-chain.ts';
import { createPushRoutes } from '../services/hub/push-teller.ts';
import { createScanHandler, createScanRoutes, type ScanDeps, scanJob } from '../services/hub/scans.ts';
import { dispatchEvents, joinRoutes } from '../services/jobs/dispatch.ts';
import { Loop } from '../services/jobs/loop.ts';
import type { JobWish } from '../services/jobs/queue.ts';
import { enqueueDue, type ScheduleEntry } from '../services/jobs/schedule.ts';
import { tidyJobs } from '../services/jobs/tidy.ts';
import { type JobHandler, Worker } from '../services/jobs/worker.ts';
import type { Pulls } from '../services/registry/pulls.ts';
import type { Repairs } from '../services/registry/repair.ts';
import { createRepairHandlers, createRepairRoutes, repairJob } from '../services/registry/repair-job.ts';
import { type RetentionJobDeps, retentionJob, runRetention } from '../services/registry/retention-job.ts';
import { createSentinelEventRoutes, judgeAgain, judgeAgainJob } from '../services/registry/sentinel-job.ts';
import {
  checkStorageJob,
  collectJob,
  createStorageHandlers,
  type StorageJobs,
  scrubJob,
} from '../services/registry/storage-job.ts';
import type { RegistryStores } from '../services/registry/stores.ts';
import type { Uploads } from '../services/registry/uploads.ts';
import {
  createIdentityHandlers,
  createIdentityRoutes,
  type IdentityJobDeps,
  identityAllJob,
} from '../services/trust/identity-job.ts';
import { createMarkHandlers, createMarkRoutes, markAllJob } from '../services/trust/mark-job.ts';
import type { Marks } from '../services/trust/marks.ts';
import {
  createRevocationHandlers,
  createRevocationRoutes,
  type RevocationNotices,
} from '../services/trust/revocation-notice.ts';

export interface WorkerParts
  extends ScanDeps,
    StorageJobs,
    Pick<RetentionJobDeps, 'access' | 'retention'>,
    Pick<RegistryStores, 'blobs' | 'random'> {
  readonly source: FeedSource;
  readonly uploads: Pick<Uploads, 'expire'>;
  readonly repairs: Repairs;
  /** Whether there is anybody to ask for damaged bytes. */
  readonly hasMirrors: boolean;
  readonly pulls: Pick<Pulls, 'tidy'>;
  readonly log: Log;
  /** Unique to this process. */
  readonly owner: string;
  readonly isRefreshedDaily: boolean;
  /** For changes of tags, and what is posted of them. */
  readonly telling: Omit<ChangeTellerDeps, 'database' | 'clock'> & Pick<DeliverDeps, 'http'>;
  /** Where the advisories are published; absent where they are not. */
  readonly advisoryPlace?: AdvisoryPlace;
  /** Absent where none are made. */
  readonly marks?: Marks;
  /** Hangs what was taken back on its image. */
  readonly notices: RevocationNotices;
  /** For those who sign images. */
  readonly signing: Pick<IdentityJobDeps, 'identityWatch' | 'generation'>;
}

export interface Background extends AsyncDisposable {
  /** An event may have been written. */
  wakeDispatcher(): void;
  /** A job may have been enqueued. */
  wakeWorker(): void;
}

const HOUR_MS = 60 * 60 * 1000;
/** One for what takes minutes (a refresh), one that stays free for what people wait for (a scan). */
const SLOTS = 2;
/** Receivers that answer slowly hold up each other at most, never a scan. */
const DELIVERY_SLOTS = 4;
/** Collecting does not wait for a scrub that reads for half an hour, nor for one that was asked for and reads for days. */
const STORAGE_SLOTS = 3;
/** Blobs that are fetched from mirrors at a time: one that is large holds up no small one. */
const REPAIR_SLOTS = 2;
/** One after the other: two that meet at an index would sign it twice. */
const MARK_SLOTS = 1;
/** Verifying is a matter of milliseconds, and waits for nothing else. */
const IDENTITY_SLOTS = 1;
/** In one process everything is woken at once; these pauses are for what another process wrote. */
const PAUSES_MS = Object.freeze({ jobs: 5_000, events: 2_000, schedule: 60_000 });

export function startBackground(given: WorkerParts): Background {
  const parts = { ...given, ...(given.advisoryPlace === undefined ? {} : { publishJob }) };
  const { log, queue, database, clock } = parts;
  const routes = joinRoutes(
    createScanRoutes(parts),
    createChangeRoutes(parts),
    createPushRoutes(parts.telling),
    createDamageRoutes(parts.telling),
    createRepairRoutes(parts),
    createSentinelEventRoutes(parts),
    createIdentityRoutes(parts),
    createRevocationRoutes(parts),
    ...(parts.marks === undefined ? [] : [createMarkRoutes(parts)]),
  );
  // The end of a scan is an event too: whoever waits for it hears of it at once.
  const watched = { ...parts, database: callAfterCommit(database, () => dispatcher.wake()) };
  const options = { queue, clock, log, owner: parts.owner, pauseMs: PAUSES_MS.jobs };
  const workers = [
    new Worker({ ...options, handlers: listHandlers(watched), slots: SLOTS }),
    new Worker({ ...options, handlers: listDeliveryHandlers(parts), slots: DELIVERY_SLOTS }),
    new Worker({ ...options, handlers: createStorageHandlers(parts, log), slots: STORAGE_SLOTS }),
    new Worker({
      ...options,
      handlers: createRepairHandlers(parts, parts.repairs, log),
      slots: REPAIR_SLOTS,
    }),
    new Worker({
      ...options,
      handlers: {
        ...createIdentityHandlers({ ...watched, ...parts.signing }),
        ...createRevocationHandlers(parts),
      },
      slots: IDENTITY_SLOTS,
    }),
    ...(parts.marks === undefined
      ? []
      : [
          new Worker({
            ...options,
            handlers: createMarkHandlers({ ...parts, marks: parts.marks }),
            slots: MARK_SLOTS,
          }),
        ]),
  ];
  const wakeWorker = (): void => {
    for (const worker of workers) worker.wake();
  };
  let jobState: number | undefined;
  const dispatcher = new Loop({
    name: 'the dispatcher',
    pauseMs: PAUSES_MS.events,
    log,
    async round() {
      const isMoreWaiting = await dispatchEvents({ database, clock, routes });
      // Every commit comes by here, and few make a job.
      const state = database.stateOf(['job']);
      if (state === undefined || state !== jobState) wakeWorker();
      jobState = state;
      return isMoreWaiting;
    },
  });
  const entries = listEntries(parts);
  const schedule = new Loop({
    name: 'the schedule',
    pauseMs: PAUSES_MS.schedule,
    log,
    async round() {
      const isAny = await enqueueDue({ database, queue, clock, entries });
      if ((await noticeNewShelf(parts)) || isAny) wakeWorker();
      return false;
    },
  });
  return {
    wakeDispatcher: () => dispatcher.wake(),
    wakeWorker,
    async [Symbol.asyncDispose]() {
      await Promise.all([schedule, dispatcher, ...workers].map((one) => one[Symbol.asyncDispose]()));
    },
  };
}

/** The database with a call after each commit: whoever waits for new rows hears of them at once. */
export function callAfterCommit(database: Database, call: () => void): Database {
  return {
    ...database,
    query: database.query,
    async transaction(work) {
      const result = await database.transaction(work);
      call();
      return result;
    },
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  };
}

function listHandlers(
  parts: WorkerParts & { readonly publishJob?: JobWish },
): Readonly<Record<string, JobHandler>> {
  return {
    [scanJob]: createScanHandler(parts),
    [refreshJob.kind]: createRefreshHandler(parts),
    [tellJob]: createChangeTeller({ ...parts, ...parts.telling }),
    ...(parts.advisoryPlace === undefined
      ? {}
      : { [publishJob.kind]: createPublishHandler({ ...parts, place: parts.advisoryPlace }) }),
    'expire-uploads': {
      run: async () => {
        const count = await parts.uploads.expire();
        if (count > 0) parts.log.notice('idle uploads dropped', { count });
      },
    },
    'tidy-jobs': { run: () => tidyJobs(parts) },
    'tidy-pulls': { run: () => parts.pulls.tidy() },
    [retentionJob.kind]: { run: (_job, signal) => runRetention(parts, signal) },
    [indexLayersJob.kind]: createIndexLayersHandler(parts),
    [judgeAgainJob]: {
      run: ({ input }) => judgeAgain(parts, String(input.repository), parseDigest(String(input.digest))),
    },
  };
}

function listDeliveryHandlers(parts: WorkerParts): Readonly<Record<string, JobHandler>> {
  return { [deliverJob]: createDeliverHandler({ ...parts, ...parts.telling }) };
}

function listEntries({
  isRefreshedDaily,
  advisoryPlace,
  hasMirrors,
  marks,
}: WorkerParts): readonly ScheduleEntry[] {
  const hourly = { kind: 'expire-uploads', key: 'all', input: {} };
  const daily = { kind: 'tidy-jobs', key: 'all', input: {} };
  return [
    { name: 'uploads', everyMs: HOUR_MS, job: hourly },
    { name: 'jobs', everyMs: 24 * HOUR_MS, job: daily },
    { name: 'pulls', everyMs: 24 * HOUR_MS, job: { kind: 'tidy-pulls', key: 'all', input: {} } },
    { name: 'retention', everyMs: 24 * HOUR_MS, job: retentionJob },
    { name: 'collect', everyMs: HOUR_MS, job: collectJob },
    { name: 'scrub', everyMs: HOUR_MS, job: scrubJob },
    { name: 'check-storage', everyMs: 24 * HOUR_MS, job: checkStorageJob },
    ...(hasMirrors ? [{ name: 'repair', everyMs: 24 * HOUR_MS, job: repairJob }] : []),
    ...(marks === undefined ? [] : [{ name: 'marks', everyMs: HOUR_MS, job: markAllJob }]),
    { name: 'identities', everyMs: HOUR_MS, job: identityAllJob },
    { name: 'layers', everyMs: 24 * HOUR_MS, job: indexLayersJob },
    ...(isRefreshedDaily ? [{ name: 'advisories', everyMs: 24 * HOUR_MS, job: refreshJob }] : []),
    // Beside what each change asks for: publishing may have been turned on, or have failed, since the last one.
    ...(advisoryPlace === undefined
      ? []
      : [{ name: 'publish-advisories', everyMs: 24 * HOUR_MS, job: publishJob }]),
  ];
}
