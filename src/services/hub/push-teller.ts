// Tells webhooks that asked for it of pushes, deletions and revocations, of signers whom nobody expected and builds that
// changed, and of what the sentinel made of a push: rows alone, written in the transaction that dispatches the event, so
// that each is told exactly once to those webhooks that stand then.
// What changed under a tag is another event, told once the images were looked into (change-teller.ts). Clients'
// fallback tags are no news.
import { isDigest } from '../../formats/oci/digest.ts';
import type { Query } from '../../io/db/database.ts';
import { formatInstant } from '../../kit/clock.ts';
import type { JsonObject } from '../../kit/json.ts';
import type { EventRoute, EventRoutes } from '../jobs/dispatch.ts';
import { ownRepositories } from './access.ts';
import type { Deliveries } from './deliveries.ts';
import { matchesPattern } from './name-pattern.ts';
import type { WebhookEvent } from './webhooks.ts';

export interface PushTellerParts {
  readonly deliveries: Pick<Deliveries, 'add'>;
  /** Where people reach the pages: scheme and host, without a slash at its end. */
  readonly origin: string;
}

type Told = Exclude<WebhookEvent, 'change'>;
type SentinelEvent = Extract<Told, `tag_${string}`>;

/** What an event is about. */
interface Subject {
  readonly repository: string;
  readonly tag?: string;
  readonly digest: string;
  readonly previous?: string;
}

const FALLBACK_TAG = /^sha(?:256|512)-/;

/** For the dispatcher. */
export function createPushRoutes({ deliveries, origin }: PushTellerParts): EventRoutes {
  const tell =
    (event: Told, format: (subject: Subject, facts: JsonObject) => object): EventRoute =>
    async (query, facts, mark) => {
      const subject = readSubject(facts);
      if (subject === undefined) return;
      const body = JSON.stringify({ event, ...format(subject, facts), at: formatInstant(mark.at) });
      for (const webhookId of await listTold(query, event, subject.repository))
        await deliveries.add(query, { webhookId, event, body });
    };
  const tellSentinel = (event: SentinelEvent) =>
    tell(event, (subject, facts) => formatJudged(event, subject, facts, origin));
  return {
    tag_moved: tell('push', formatPush),
    tag_deleted: tell('delete', formatPush),
    manifest_deleted: tell('delete', formatPush),
    image_revoked: tell('image_revoked', formatRevoked),
    image_reinstated: tell('image_reinstated', formatRevoked),
    signature_unexpected: tell('signature_unexpected', (subject, facts) =>
      formatUnexpected(subject, facts, origin),
    ),
    build_changed: tell('build_changed', (subject, facts) => formatBuilt(subject, facts, origin)),
    tag_suspected: tellSentinel('tag_suspected'),
    tag_held: tellSentinel('tag_held'),
    tag_confirmed: tellSentinel('tag_confirmed'),
    tag_dropped: tellSentinel('tag_dropped'),
  };
}

/** Undefined where it is no news for anybody. */
function readSubject({ repository, tag, digest, previous }: JsonObject): Subject | undefined {
  if (typeof repository !== 'string' || repository.startsWith(ownRepositories)) return undefined;
  if (typeof digest !== 'string' || !isDigest(digest)) return undefined;
  if (typeof tag === 'string' && FALLBACK_TAG.test(tag)) return undefined;
  return {
    repository,
    ...(typeof tag === 'string' ? { tag } : {}),
    digest,
    ...(typeof previous === 'string' ? { previous } : {}),
  };
}

async function listTold(query: Query, event: Told, repository: string): Promise<readonly string[]> {
  const rows = await query.selectFrom('webhook').select(['id', 'repositories', 'events']).execute();
  return rows
    .filter(
      ({ events, repositories }) =>
        events.split(',').includes(event) && matchesPattern(repositories, repository),
    )
    .map(({ id }) => id);
}

function formatPush(subject: Subject, facts: JsonObject): object {
  return { ...subject, ...actorOf(facts) };
}

/** Why, as the signed statement has it. */
function formatRevoked(subject: Subject, facts: JsonObject): object {
  return {
    ...formatPush(subject, facts),
    ...(typeof facts.reason === 'string' ? { reason: facts.reason } : {}),
  };
}

/** Who signed, what is not as it was learned, and where an owner answers. */
function formatUnexpected({ repository, digest }: Subject, facts: JsonObject, origin: string): object {
  const { use, identity, differences, isConfirmed } = facts;
  return { repository, digest, use, identity, differences, isConfirmed, url: `${origin}/r/${repository}` };
}

function formatBuilt(subject: Subject, { changes }: JsonObject, origin: string): object {
  const { repository, tag = '', digest, previous } = subject;
  return { repository, tag, from: previous, to: digest, changes, url: `${origin}/r/${repository}/-/${tag}` };
}

/** Who did it; an event that an older version wrote does not say. */
function actorOf({ who, via }: JsonObject): { readonly actor?: string; readonly via?: string } {
  return typeof who === 'string' && typeof via === 'string' ? { actor: who, via } : {};
}

/**
 * A dozen rules of a sentence each (`limits.sentinelWhyChars`) and a reason: far below `limits.webhookBodyBytes`.
 */
function formatJudged(event: SentinelEvent, subject: Subject, facts: JsonObject, origin: string): object {
  const { repository, tag = '', digest, previous } = subject;
  const { pushedBy, suspicions, unknowns, reason } = facts;
  return {
    repository,
    tag,
    ...(previous === undefined ? {} : { from: previous }),
    to: digest,
    ...actorOf(facts),
    pushedBy,
    ...(reason === undefined ? {} : { reason }),
    suspicions,
    unknowns,
    url: `${origin}/r/${repository}/-/${tag}`,
    ...(previous === undefined ? {} : { compare: formatCompare(origin, repository, previous, digest) }),
    actions: listActions(event, subject, new URL(origin).host),
  };
}

/** What the owner can do about it, beside the page that `url` names: by name, a command. */
function listActions(
  event: SentinelEvent,
  { repository, tag = '', digest, previous }: Subject,
  host: string,
): Readonly<Record<string, string>> {
  const name = `${host}/${repository}`;
  if (event === 'tag_held')
    return {
      confirm: `plimsoll repository confirm ${name}:${tag}@${digest}`,
      drop: `plimsoll repository drop ${name}:${tag}@${digest}`,
    };
  // It was forgotten: whoever wants it after all moves the tag there by themselves.
  if (event === 'tag_dropped') return { move: `plimsoll copy ${name}@${digest} ${name}:${tag}` };
  return previous === undefined
    ? { delete: `plimsoll repository untag ${name}:${tag} --reason WHY` }
    : { undo: `plimsoll copy ${name}@${previous} ${name}:${tag}` };
}

function formatCompare(origin: string, repository: string, before: string, after: string): string {
  const query = new URLSearchParams({ before: `${repository}@${before}`, after: `${repository}@${after}` });
  return `${origin}/compare?${query}`;
}
