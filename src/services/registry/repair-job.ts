// When mirrors are asked: at once for each blob that is found damaged, again with growing pauses for about two days, and
// then once a day; and now, when an administrator says so. All can be run again. Typed by what a dispatcher and a worker
// want, without knowing them.
import { type Digest, isDigest } from '../../formats/oci/digest.ts';
import type { Query } from '../../io/db/database.ts';
import { describeError } from '../../kit/error.ts';
import type { JsonObject } from '../../kit/json.ts';
import type { Log } from '../../kit/log.ts';
import { registryErrors } from './errors.ts';
import type { Repairs } from './repair.ts';
import { listDamagedAfter } from './rows/damage.ts';
import type { RegistryStores } from './stores.ts';

/** One blob, until it is repaired. */
export const repairBlobJob = 'repair-blob';
/** Every damaged blob, once each. */
export const repairJob = Object.freeze({ kind: 'repair', key: 'all', input: {} });

/** 1 min, 4 min, 16 min, 1 h, 4 h, 17 h, a day: eight tries. */
const backoff = Object.freeze({ firstMs: 60_000, factor: 4, mostMs: 24 * 60 * 60 * 1000 });
const BATCH = 100;

interface JobRows {
  enqueue(query: Query, wish: { kind: string; key: string; input: JsonObject }): Promise<void>;
}

/** For the dispatcher: damage leads to a job where there is a mirror to ask. */
export function createRepairRoutes({
  queue,
  hasMirrors,
}: {
  readonly queue: JobRows;
  readonly hasMirrors: boolean;
}) {
  return {
    async blob_damaged(query: Query, { digest }: JsonObject): Promise<void> {
      if (!hasMirrors || !isDigest(digest)) return;
      await queue.enqueue(query, { kind: repairBlobJob, key: digest, input: { digest } });
    },
  };
}

interface RepairHandler {
  run(job: { readonly input: JsonObject }, signal: AbortSignal): Promise<void>;
  readonly backoff?: typeof backoff;
}

/** For a worker of its own: how many it runs at a time is how many blobs are fetched at a time. */
export function createRepairHandlers(
  stores: Pick<RegistryStores, 'database'>,
  repairs: Pick<Repairs, 'repair'>,
  log: Log,
): Readonly<Record<string, RepairHandler>> {
  return {
    [repairBlobJob]: {
      backoff,
      async run({ input: { digest } }, signal) {
        if (!isDigest(digest)) return;
        const outcome = await repairs.repair(digest, signal);
        if (outcome.kind === 'failed') throw registryErrors.mirror_failed(outcome.why);
      },
    },
    [repairJob.kind]: {
      async run({ input: { digest } }, signal) {
        if (isDigest(digest)) await repairs.repair(digest, signal);
        else await repairAll(stores, repairs, log, signal);
      },
    },
  };
}

async function repairAll(
  { database }: Pick<RegistryStores, 'database'>,
  repairs: Pick<Repairs, 'repair'>,
  log: Log,
  signal: AbortSignal,
): Promise<void> {
  for (let after = ''; ; ) {
    const digests: readonly Digest[] = await listDamagedAfter(database.query, after, BATCH);
    for (const digest of digests) {
      signal.throwIfAborted();
      try {
        await repairs.repair(digest, signal);
      } catch (error) {
        signal.throwIfAborted();
        // The others may still be repaired; this one is tried again tomorrow.
        log.warn('a damaged blob could not be repaired', { digest, why: describeError(error) });
      }
    }
    const last = digests.at(-1);
    if (last === undefined || digests.length < BATCH) return;
    after = last;
  }
}
