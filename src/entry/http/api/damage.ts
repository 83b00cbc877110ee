// Damage, for administrators: what is damaged and which images it hits, what was repaired and from where; and asking
// mirrors, checking and scrubbing now. What takes time runs as a job.
import { isDigest } from '../../../formats/oci/digest.ts';
import type { Database } from '../../../io/db/database.ts';
import { type Clock, formatInstant } from '../../../kit/clock.ts';
import type { JobWish, Queue } from '../../../services/jobs/queue.ts';
import type { DamageEntry, DamageList } from '../../../services/registry/damage-list.ts';
import { repairJob } from '../../../services/registry/repair-job.ts';
import { checkStorageJob, scrubAllJob } from '../../../services/registry/storage-job.ts';
import * as contract from '../contract-damage.ts';
import { queuedJob } from '../contract-storage.ts';
import { httpErrors } from '../errors.ts';
import { type ApiRoute, jsonRoute } from './route.ts';

export interface DamageRouteParts {
  readonly database: Database;
  readonly clock: Clock;
  readonly queue: Queue;
  readonly damageList: DamageList;
  /** A job was enqueued. */
  readonly wakeWorker: () => void;
}

export function createDamageRoutes(parts: DamageRouteParts): readonly ApiRoute[] {
  const { clock, damageList } = parts;
  const enqueue = async (wish: JobWish): Promise<{ job: string }> => {
    await parts.database.transaction((query) => parts.queue.enqueue(query, wish));
    parts.wakeWorker();
    return { job: wish.kind };
  };
  return [
    jsonRoute({
      method: 'get',
      path: '/api/v1/storage/damage',
      summary:
        'What is damaged, since when, which images it hits and what mirrors said; or what was repaired',
      isForAdministrators: true,
      query: contract.damageQuery,
      answer: contract.damageReport,
      errors: [400, 401, 403],
      async handle({ query: { state, limit } }) {
        const isRepaired = state === 'repaired';
        const entries = await damageList.list({ isRepaired, limit });
        return { total: await damageList.count(isRepaired), damage: entries.map(shapeEntry) };
      },
    }),
    jsonRoute({
      method: 'post',
      path: '/api/v1/storage/repairs',
      summary: 'Asks the mirrors now for what is damaged, or for one digest',
      isForAdministrators: true,
      status: 202,
      body: contract.repairWish,
      answer: queuedJob,
      errors: [400, 401, 403],
      async handle({ body: { digest } }) {
        if (digest === undefined) return enqueue(repairJob);
        if (!isDigest(digest)) throw httpErrors.body_invalid('digest: it is no digest as sha256:…');
        return enqueue({ ...repairJob, key: digest, input: { digest } });
      },
    }),
    jsonRoute({
      method: 'post',
      path: '/api/v1/storage/checks',
      summary: 'Holds every row against its file now, instead of within the day',
      isForAdministrators: true,
      status: 202,
      answer: queuedJob,
      errors: [401, 403],
      handle: () => enqueue(checkStorageJob),
    }),
    jsonRoute({
      method: 'post',
      path: '/api/v1/storage/scrubs',
      summary: 'Proves every stored byte now, at the rate of registry.scrub',
      isForAdministrators: true,
      status: 202,
      answer: queuedJob,
      errors: [401, 403],
      handle: () => enqueue(scrubAllJob(clock.now())),
    }),
  ];
}

function shapeEntry({ foundAt, triedAt, repairedAt, images, mirrors, ...entry }: DamageEntry) {
  return {
    ...entry,
    foundAt: formatInstant(foundAt),
    images: images.map(({ tags, ...image }) => ({ ...image, tags: [...tags] })),
    mirrors: [...mirrors],
    ...(triedAt === undefined ? {} : { triedAt: formatInstant(triedAt) }),
    ...(repairedAt === undefined ? {} : { repairedAt: formatInstant(repairedAt) }),
  };
}
