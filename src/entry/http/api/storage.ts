// Storage, for administrators: what is kept, what goes, collecting now; and undeleting, for whoever may push.

import { isDigest } from '../../../formats/oci/digest.ts';
import { checkTag } from '../../../formats/oci/reference.ts';
import type { Database } from '../../../io/db/database.ts';
import { formatInstant } from '../../../kit/clock.ts';
import type { Access, Action, Grant, Principal } from '../../../services/hub/access.ts';
import { hubErrors } from '../../../services/hub/errors.ts';
import type { Queue } from '../../../services/jobs/queue.ts';
import type { CollectionReport } from '../../../services/registry/collection.ts';
import type { ManifestReference } from '../../../services/registry/manifests.ts';
import type { Reserve } from '../../../services/registry/reserve.ts';
import type { Storage, StorageStatus } from '../../../services/registry/storage.ts';
import type { StorageCheckReport } from '../../../services/registry/storage-check.ts';
import { collectJob } from '../../../services/registry/storage-job.ts';
import type { Trash } from '../../../services/registry/trash.ts';
import * as contract from '../contract-storage.ts';
import { type ApiRoute, jsonRoute } from './route.ts';

export interface StorageRouteParts {
  readonly database: Database;
  readonly queue: Queue;
  readonly access: Access;
  readonly storage: Storage;
  readonly trash: Trash;
  readonly reserve: Pick<Reserve, 'read'>;
  /** A job was enqueued. */
  readonly wakeWorker: () => void;
}

/** Deletions shown at once: more than anybody picks from. */
const TRASH_LIMIT = 1_000;

export function createStorageRoutes(parts: StorageRouteParts): readonly ApiRoute[] {
  const { access, database, queue, reserve, storage, trash } = parts;
  return [
    jsonRoute({
      method: 'get',
      path: '/api/v1/storage',
      summary: 'What is stored and what of it is needed, and how the last collection, check and scrub went',
      isForAdministrators: true,
      answer: contract.storageStatus,
      errors: [401, 403],
      handle: async () => ({ ...shapeStatus(await storage.status()), disk: await reserve.read() }),
    }),
    jsonRoute({
      method: 'get',
      path: '/api/v1/storage/collectable',
      summary: 'What a collection would remove as things stand, what goes first before; changes nothing',
      isForAdministrators: true,
      query: contract.collectableQuery,
      answer: contract.collectableList,
      errors: [400, 401, 403],
      async handle({ query }) {
        const blobs = await storage.preview(query.limit);
        return {
          blobs: blobs.map(({ digest, sizeBytes, leftMs }) => ({
            digest,
            sizeBytes,
            leftSeconds: Math.ceil(leftMs / 1000),
          })),
        };
      },
    }),
    jsonRoute({
      method: 'post',
      path: '/api/v1/storage/collections',
      summary: 'Collects now instead of within the hour; the grace holds',
      isForAdministrators: true,
      status: 202,
      answer: contract.queuedJob,
      errors: [401, 403],
      async handle() {
        await database.transaction((query) => queue.enqueue(query, collectJob));
        parts.wakeWorker();
        return { job: collectJob.kind };
      },
    }),
    jsonRoute({
      method: 'get',
      path: '/api/v1/repositories/{name}/-/trash',
      summary: 'What was deleted and can be undeleted, deleted last first',
      answer: contract.trashList,
      errors: [401, 403, 404],
      async handle({ viewer, params }) {
        // What is gone from the repository is shown to those alone who could bring it back.
        await grantOf(access, viewer, 'push', params.name ?? '');
        const grant = await grantOf(access, viewer, 'pull', params.name ?? '');
        const rows = await trash.list(grant, TRASH_LIMIT);
        return {
          trash: rows.map(({ deletedAt, ...row }) => ({
            ...row,
            tags: [...row.tags],
            deletedAt: formatInstant(deletedAt),
          })),
        };
      },
    }),
    jsonRoute({
      method: 'post',
      path: '/api/v1/repositories/{name}/-/undelete',
      summary:
        'Brings back a deleted manifest with its tags, or a tag; a tag that points elsewhere now stays there',
      body: contract.undeleteWish,
      answer: contract.undeleted,
      errors: [400, 401, 403, 404],
      async handle({ viewer, params, body }) {
        const grant = await grantOf(access, viewer, 'push', params.name ?? '');
        const { tags, movedTags, ...rest } = await trash.undelete(grant, readReference(body.reference));
        return { ...rest, tags: [...tags], movedTags: [...movedTags] };
      },
    }),
  ];
}

async function grantOf<A extends Action>(
  access: Access,
  viewer: Principal,
  action: A,
  repository: string,
): Promise<Grant<A>> {
  const grant = await access.grant(viewer, action, repository);
  if (grant !== undefined) return grant;
  if (viewer.kind === 'anonymous')
    throw hubErrors.login_required(`to ${action} in ${repository} needs a login`);
  throw hubErrors.access_denied(`${viewer.name} may not ${action} in ${repository}`);
}

function readReference(text: string): ManifestReference {
  if (isDigest(text)) return { digest: text };
  checkTag(text);
  return { tag: text };
}

function shapeStatus(status: StorageStatus) {
  const { graceMs, provenSince, lastCollection, lastCheck, lastScrub, ...amounts } = status;
  return {
    graceSeconds: Math.round(graceMs / 1000),
    ...amounts,
    ...(provenSince === undefined ? {} : { provenSince: formatInstant(provenSince) }),
    ...(lastCollection === undefined ? {} : { lastCollection: shapeCollection(lastCollection) }),
    ...(lastCheck === undefined ? {} : { lastCheck: shapeCheck(lastCheck) }),
    ...(lastScrub === undefined ? {} : { lastScrub: { ...lastScrub, ...spanOf(lastScrub) } }),
  };
}

function spanOf({ startedAt, endedAt }: { readonly startedAt: number; readonly endedAt: number }) {
  return { startedAt: formatInstant(startedAt), endedAt: formatInstant(endedAt) };
}

function shapeCollection(run: CollectionReport) {
  return {
    ...run,
    ...spanOf(run),
    aside: run.aside.map(({ repository, why }) => ({ repository, why })),
  };
}

function shapeCheck(run: StorageCheckReport) {
  return {
    ...spanOf(run),
    shown: { blobs: run.shownBlobs, bytes: run.shownBytes },
    stored: { blobs: run.storedBlobs, bytes: run.storedBytes },
    damaged: run.damaged,
    stray: { blobs: run.strayBlobs, bytes: run.strayBytes },
    strayRemoved: run.strayRemoved,
  };
}
