// The advisories: what each feed's state is, and asking for a refresh.
import type { Database } from '../../../io/db/database.ts';
import { refreshJob } from '../../../services/hub/advisory-watch.ts';
import type { Queue } from '../../../services/jobs/queue.ts';
import * as contract from '../contract.ts';
import { type HomeParts, readAdvisories } from './home.ts';
import { type ApiRoute, jsonRoute } from './route.ts';

export interface AdvisoryRouteParts extends Pick<HomeParts, 'shelf' | 'database' | 'clock'> {
  readonly queue: Queue;
  readonly database: Database;
  /** A job was enqueued. */
  readonly wakeWorker: () => void;
}

export function createAdvisoryRoutes(parts: AdvisoryRouteParts): readonly ApiRoute[] {
  const path = '/api/v1/advisories';
  return [
    jsonRoute({
      method: 'get',
      path,
      summary: 'Each feed’s age, size and class',
      answer: contract.advisoriesStatus,
      errors: [],
      handle: () => readAdvisories(parts),
    }),
    jsonRoute({
      method: 'post',
      path: `${path}/refresh`,
      summary: 'Refreshes all feeds in the background; images that a change touches are judged again',
      isForAdministrators: true,
      status: 202,
      answer: contract.advisoriesStatus,
      errors: [401, 403],
      async handle() {
        await parts.database.transaction((query) => parts.queue.enqueue(query, refreshJob));
        parts.wakeWorker();
        return readAdvisories(parts);
      },
    }),
  ];
}
