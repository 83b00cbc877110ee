// Tells webhooks what changed under a tag, once both images were looked into: asked after the move and after each
// end of a scan, it waits until there is an answer, then writes one delivery per webhook and marks the change as
// told, in one transaction. What can never be compared is told with its reason; what is no image is not told.
import { cutComparison } from '../../engines/compare/cut.ts';
import type { Digest } from '../../formats/oci/digest.ts';
import type { Database } from '../../io/db/database.ts';
import { type Clock, formatInstant } from '../../kit/clock.ts';
import { limits } from '../../kit/limits.ts';
import type { JobHandler } from '../jobs/worker.ts';
import type { ChangeOutcome, ChangeReader } from './change-line.ts';
import type { TagChange } from './changes.ts';
import type { Deliveries } from './deliveries.ts';
import type { RepositoryName } from './images.ts';
import type { Webhooks } from './webhooks.ts';

export interface ChangeTellerDeps {
  readonly database: Database;
  readonly clock: Clock;
  readonly changes: Pick<ChangeReader, 'compare'>;
  readonly webhooks: Pick<Webhooks, 'listFor'>;
  readonly deliveries: Pick<Deliveries, 'add'>;
  /** Where people reach the pages: scheme and host, without a slash at its end. */
  readonly origin: string;
}

/** Enough for a message; the address has more. */
const BOUNDS = Object.freeze({ packages: 50, findings: 50, notes: 3, gaps: 20, configuration: 50 });

export function createChangeTeller(deps: ChangeTellerDeps): JobHandler {
  const { database, clock } = deps;

  async function find(id: unknown): Promise<(TagChange & { repository: RepositoryName }) | undefined> {
    if (typeof id !== 'number') return undefined;
    const row = await database.query
      .selectFrom('tag_change')
      .innerJoin('repository', 'repository.id', 'tag_change.repository_id')
      .select(['tag', 'before_digest', 'after_digest', 'moved_at', 'repository_id', 'repository.name'])
      .where('tag_change.id', '=', id)
      .where('told_at', 'is', null)
      .executeTakeFirst();
    if (row === undefined) return undefined;
    return {
      id,
      tag: row.tag,
      before: row.before_digest as Digest,
      after: row.after_digest as Digest,
      movedAt: row.moved_at,
      repository: { id: row.repository_id, name: row.name },
    };
  }

  return {
    async run(job) {
      const change = await find(job.input.change);
      if (change === undefined) return;
      const webhooks = await deps.webhooks.listFor(change.repository.name);
      const outcome =
        webhooks.length === 0 ? undefined : await deps.changes.compare(change.repository, change);
      // The end of the scan that is waited for asks again.
      if (outcome?.kind === 'pending') return;
      const isTold = outcome !== undefined && !(outcome.kind === 'incomparable' && outcome.isArtifact);
      const body = isTold ? formatBody(change, outcome, deps.origin) : '';
      await database.transaction(async (query) => {
        if (isTold)
          for (const { id: webhookId } of webhooks) {
            // Removed since it was listed.
            const stands = await query
              .selectFrom('webhook')
              .select('id')
              .where('id', '=', webhookId)
              .executeTakeFirst();
            if (stands === undefined) continue;
            await deps.deliveries.add(query, { webhookId, changeId: change.id, event: 'change', body });
          }
        await query
          .updateTable('tag_change')
          .set({ told_at: clock.now() })
          .where('id', '=', change.id)
          .execute();
      });
    },
  };
}

function formatBody(
  change: TagChange & { readonly repository: RepositoryName },
  outcome: Exclude<ChangeOutcome, { kind: 'pending' }>,
  origin: string,
): string {
  const { name } = change.repository;
  const address = new URLSearchParams({
    before: `${name}@${change.before}`,
    after: `${name}@${change.after}`,
  });
  const facts = {
    event: 'change',
    repository: name,
    tag: change.tag,
    before: change.before,
    after: change.after,
    movedAt: formatInstant(change.movedAt),
    url: `${origin}/compare?${address}`,
  };
  if (outcome.kind === 'incomparable')
    return JSON.stringify({
      ...facts,
      answer: 'cannot be compared',
      summary: `Not compared: ${outcome.why}.`,
    });
  const { answer, summary, trend } = outcome.comparison;
  const { platform, beforeTag } = outcome;
  const told = {
    ...facts,
    ...(beforeTag === undefined ? {} : { beforeTag }),
    ...(platform === undefined ? {} : { platform }),
    answer,
    summary,
    trend,
  };
  const body = JSON.stringify({ ...told, comparison: cutComparison(outcome.comparison, BOUNDS) });
  // Labels and names may be of any length.
  return Buffer.byteLength(body) <= limits.webhookBodyBytes ? body : JSON.stringify(told);
}
