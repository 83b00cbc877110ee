// Tells webhooks that asked for it of pushes and deletions: rows alone, written in the transaction that dispatches the
// event, so that each is told exactly once to those webhooks that stand then. What changed under a tag is another
// event, told once the images were looked into (change-teller.ts). Clients' fallback tags are no news.
import { isDigest } from '../../formats/oci/digest.ts';
import type { Query } from '../../io/db/database.ts';
import { formatInstant } from '../../kit/clock.ts';
import type { JsonObject } from '../../kit/json.ts';
import type { EventMark, EventRoutes } from '../jobs/dispatch.ts';
import { ownRepositories } from './access.ts';
import type { Deliveries } from './deliveries.ts';
import { matchesPattern } from './name-pattern.ts';

const FALLBACK_TAG = /^sha(?:256|512)-/;

/** For the dispatcher. */
export function createPushRoutes({
  deliveries,
}: {
  readonly deliveries: Pick<Deliveries, 'add'>;
}): EventRoutes {
  async function tell(query: Query, event: 'push' | 'delete', subject: JsonObject, mark: EventMark) {
    const { repository, tag, digest, previous } = subject;
    if (typeof repository !== 'string' || repository.startsWith(ownRepositories) || !isDigest(digest)) return;
    if (typeof tag === 'string' && FALLBACK_TAG.test(tag)) return;
    const webhooks = await query.selectFrom('webhook').select(['id', 'repositories', 'events']).execute();
    const body = JSON.stringify({
      event,
      repository,
      ...(typeof tag === 'string' ? { tag } : {}),
      digest,
      ...(typeof previous === 'string' ? { previous } : {}),
      at: formatInstant(mark.at),
    });
    for (const { id: webhookId, repositories, events } of webhooks)
      if (events.split(',').includes(event) && matchesPattern(repositories, repository))
        await deliveries.add(query, { webhookId, event, body });
  }
  return {
    tag_moved: (query, subject, mark) => tell(query, 'push', subject, mark),
    tag_deleted: (query, subject, mark) => tell(query, 'delete', subject, mark),
    manifest_deleted: (query, subject, mark) => tell(query, 'delete', subject, mark),
  };
}
