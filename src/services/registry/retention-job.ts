// The daily run of retention: in the name, and with the rights, of whoever set the rule that a repository has. Where
// these rights are gone nothing is removed, and the log says so.
import type { Database } from '../../io/db/database.ts';
import type { Log } from '../../kit/log.ts';
import type { Access } from '../hub/access.ts';
import { findPrincipal } from '../hub/standing.ts';
import type { Retention } from './retention.ts';

export const retentionJob = Object.freeze({ kind: 'retention', key: 'all', input: {} });

export interface RetentionJobDeps {
  readonly database: Database;
  readonly access: Access;
  readonly retention: Retention;
  readonly log: Log;
}

export async function runRetention(
  { database, access, retention, log }: RetentionJobDeps,
  signal: AbortSignal,
): Promise<void> {
  for (const plan of await retention.plan()) {
    signal.throwIfAborted();
    if (plan.going.length === 0) continue;
    const { repository, setBy } = plan;
    const principal = await findPrincipal(database, setBy);
    const grant = principal && (await access.grant(principal, 'delete', repository));
    if (grant === undefined) {
      log.warn('retention removes nothing here: who set its rule may not delete', { repository, setBy });
      continue;
    }
    const { tags, manifests } = await retention.apply(grant, plan);
    log.notice('retention', { repository, tags, manifests });
  }
}
