// Tells webhooks that asked for it of stored bytes that were found damaged and of those that are there again: rows
// alone, written in the transaction that dispatches the event. A webhook hears of what its repositories hold, and of no
// other repository's name.
import { isDigest } from '../../formats/oci/digest.ts';
import type { Query } from '../../io/db/database.ts';
import { formatInstant } from '../../kit/clock.ts';
import type { JsonObject } from '../../kit/json.ts';
import type { EventMark, EventRoutes } from '../jobs/dispatch.ts';
import type { Deliveries } from './deliveries.ts';
import { matchesPattern } from './name-pattern.ts';

/** Names in one body: a layer of a base image may stand in thousands. */
const NAMES = 100;

/** For the dispatcher. */
export function createDamageRoutes({
  deliveries,
}: {
  readonly deliveries: Pick<Deliveries, 'add'>;
}): EventRoutes {
  async function tell(
    query: Query,
    event: 'blob_damaged' | 'blob_repaired',
    { digest, why, from }: JsonObject,
    mark: EventMark,
  ): Promise<void> {
    if (!isDigest(digest)) return;
    const webhooks = await query.selectFrom('webhook').select(['id', 'repositories', 'events']).execute();
    const asking = webhooks.filter(({ events }) => events.split(',').includes(event));
    if (asking.length === 0) return;
    const names = await listNames(query, digest);
    for (const { id: webhookId, repositories: pattern } of asking) {
      const repositories = names.filter((name) => matchesPattern(pattern, name)).slice(0, NAMES);
      if (repositories.length === 0) continue;
      const body = JSON.stringify({
        event,
        digest,
        repositories,
        ...(typeof why === 'string' ? { why } : {}),
        ...(typeof from === 'string' ? { from } : {}),
        at: formatInstant(mark.at),
      });
      await deliveries.add(query, { webhookId, event, body });
    }
  }
  return {
    blob_damaged: (query, subject, mark) => tell(query, 'blob_damaged', subject, mark),
    blob_repaired: (query, subject, mark) => tell(query, 'blob_repaired', subject, mark),
  };
}

/** Repositories that hold the blob, as a manifest or as what one names; by name. */
async function listNames(query: Query, digest: string): Promise<readonly string[]> {
  const held = query
    .selectFrom('repository_blob')
    .select('repository_id')
    .where('digest', '=', digest)
    .union(query.selectFrom('manifest').select('repository_id').where('digest', '=', digest))
    .union(query.selectFrom('trash').select('repository_id').where('digest', '=', digest));
  const rows = await query
    .selectFrom('repository')
    .select('name')
    .where('id', 'in', held)
    .orderBy('name')
    .execute();
  return rows.map(({ name }) => name);
}
