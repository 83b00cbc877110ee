// Rows of tags: the one place where a tag is written or deleted, so that none moves without its leaf in the log
// and its event, nor against its repository's rule. Private to the registry.
import type { Digest } from '../../../formats/oci/digest.ts';
import type { Query } from '../../../io/db/database.ts';
import { formatInstant, type Random } from '../../../kit/clock.ts';
import { type Actor, whoOf } from '../../hub/audit.ts';
import { registryErrors } from '../errors.ts';
import { type RegistryEvent, recordEvents } from '../event.ts';
import { formatTagRecord, saltBytes, type TagRecord } from '../tag-record.ts';
import { isImmutable, parseTagRule, releaseTags } from '../tag-rule.ts';
import { addHold, addJudgement, addPusher, type TagJudgement, takeHold } from './sentinel.ts';
import { appendLeaves } from './tag-log.ts';
import { keepTag } from './trash.ts';

/** Who, how and when; stands in the log. */
export interface TagCause {
  readonly actor: Actor;
  /** By which door: `push`, `delete`, `api`. */
  readonly via: string;
  readonly reason?: string;
  readonly now: number;
  readonly random: Random;
  /** What the sentinel says of each tag; one without a judgement moves unjudged. */
  readonly judged?: ReadonlyMap<string, TagJudgement>;
}

/** A repository as far as its tags need it. */
export interface TagHome {
  readonly id: number;
  readonly name: string;
  readonly isPublic: boolean;
  readonly immutableTags: readonly string[];
}

export interface NamedTag {
  readonly name: string;
  readonly digest: Digest;
}

/** The tags that point at the manifest. */
export async function listTagsOf(
  query: Query,
  repositoryId: number,
  digest: Digest,
): Promise<readonly NamedTag[]> {
  const rows = await query
    .selectFrom('tag')
    .select('name')
    .where('repository_id', '=', repositoryId)
    .where('digest', '=', digest)
    .orderBy('name')
    .execute();
  return rows.map(({ name }) => ({ name, digest }));
}

export async function findTag(
  query: Query,
  repositoryId: number,
  name: string,
): Promise<NamedTag | undefined> {
  const row = await query
    .selectFrom('tag')
    .select('digest')
    .where('repository_id', '=', repositoryId)
    .where('name', '=', name)
    .executeTakeFirst();
  return row === undefined ? undefined : { name, digest: row.digest as Digest };
}

/** `registry.tag_immutable` where one of the tags would move that may not. For before a push's bytes are kept. */
export async function checkTagMoves(
  query: Query,
  home: TagHome,
  tags: readonly string[],
  digest: Digest,
): Promise<void> {
  for (const tag of tags) if (isImmutable(home.immutableTags, tag)) await checkMove(query, home, tag, digest);
}

/**
 * Points the tags at the manifest, and records what else the push did in the same breath. The same digest again is no
 * move: no leaf, no event. Gives back the tags that stay where they were until their owner says so.
 * `registry.tag_immutable`
 */
export async function moveTags(
  query: Query,
  repositoryId: number,
  { tags, digest }: { readonly tags: readonly string[]; readonly digest: Digest },
  cause: TagCause,
  also: readonly RegistryEvent[] = [],
): Promise<readonly string[]> {
  const events = [...also];
  if (tags.length > 0) {
    const home = await readTagHome(query, repositoryId);
    for (const tag of tags) events.push(...(await moveTag(query, home, { tag, digest }, cause)));
    const made = events.filter((event) => event.kind === 'tag_moved' && event.previous === null);
    await countTags(query, repositoryId, made.length);
    if (events.some(({ kind }) => kind === 'tag_moved')) await addPusher(query, home.name, cause);
  }
  await recordEvents(query, cause.actor, events, cause.now);
  return events.flatMap((event) => (event.kind === 'tag_held' ? event.tag : []));
}

async function moveTag(
  query: Query,
  home: TagHome,
  { tag, digest }: { readonly tag: string; readonly digest: Digest },
  cause: TagCause,
): Promise<readonly RegistryEvent[]> {
  const previous = await checkMove(query, home, tag, digest);
  if (previous === digest) return [];
  const judgement = settleJudgement(cause.judged?.get(tag), previous);
  const said = { suspicions: judgement?.suspicions ?? [], unknowns: judgement?.unknowns ?? [] };
  const pushedBy = whoOf(cause.actor);
  if (judgement?.isHeld === true && previous !== null) {
    await addHold(query, home.id, { tag, digest, previous, judgement }, cause);
    return [{ kind: 'tag_held', repository: home.name, tag, digest, previous, pushedBy, ...said }];
  }
  const leaf = await append(query, home, { kind: 'moved', tag, digest, previous }, cause);
  const row = { digest, updated_at: cause.now, leaf };
  await query
    .insertInto('tag')
    .values({ repository_id: home.id, name: tag, ...row })
    .onConflict((conflict) => conflict.columns(['repository_id', 'name']).doUpdateSet(row))
    .execute();
  const moved = { repository: home.name, tag, digest, previous };
  const events: RegistryEvent[] = [{ kind: 'tag_moved', ...moved }];
  if (judgement !== undefined) await addJudgement(query, leaf, judgement, cause.now);
  if (said.suspicions.length > 0) events.push({ kind: 'tag_suspected', ...moved, pushedBy, ...said });
  return [...events, ...(await endWaiting(query, home, tag, 'another push moved the tag'))];
}

/** What waited for the tag is overtaken. */
async function endWaiting(
  query: Query,
  home: TagHome,
  tag: string,
  reason: string,
): Promise<readonly RegistryEvent[]> {
  const hold = await takeHold(query, home.id, tag);
  if (hold === undefined) return [];
  const { digest, previous, who: pushedBy, suspicions, unknowns } = hold;
  const place = { repository: home.name, tag, digest, previous };
  return [{ kind: 'tag_dropped', ...place, pushedBy, suspicions, unknowns, reason }];
}

/** A judgement of another move than this, since a push came between, says so. */
function settleJudgement(
  judgement: TagJudgement | undefined,
  previous: Digest | null,
): TagJudgement | undefined {
  if (judgement === undefined || judgement.previous === previous) return judgement;
  const why = 'another push moved the tag while this one was judged';
  const unknowns = [...judgement.unknowns, { where: 'move', why }];
  return { ...judgement, unknowns, isHeld: judgement.isHeld || judgement.isHeldIfRaced };
}

/**
 * Removes the tags, of which each is there; they can be undeleted for a time. One that stays what it is goes only with a reason:
 * `registry.tag_immutable`.
 */
export async function dropTags(
  query: Query,
  repositoryId: number,
  tags: readonly NamedTag[],
  cause: TagCause,
  also: readonly RegistryEvent[] = [],
): Promise<void> {
  const home = await readTagHome(query, repositoryId);
  if (cause.reason === undefined) {
    const kept = tags.find(({ name }) => isImmutable(home.immutableTags, name));
    if (kept !== undefined) throw refusedDeletion(home.name, kept.name, kept.digest);
  }
  const ended: RegistryEvent[] = [];
  for (const { name, digest } of tags) {
    ended.push(...(await endWaiting(query, home, name, 'the tag was deleted')));
    await append(query, home, { kind: 'deleted', tag: name, digest: null, previous: digest }, cause);
    await query
      .deleteFrom('tag')
      .where('repository_id', '=', repositoryId)
      .where('name', '=', name)
      .execute();
    await keepTag(query, name, { repositoryId, digest, now: cause.now, account: cause.actor.account });
  }
  await countTags(query, repositoryId, -tags.length);
  const events = tags.map(({ name, digest }): RegistryEvent => {
    return { kind: 'tag_deleted', repository: home.name, tag: name, digest };
  });
  await recordEvents(query, cause.actor, [...events, ...ended, ...also], cause.now);
}

/** So many more or less: counting them anew would read each. */
async function countTags(query: Query, repositoryId: number, more: number): Promise<void> {
  if (more === 0) return;
  await query
    .updateTable('repository')
    .set(({ eb }) => ({ tags: eb('tags', '+', more) }))
    .where('id', '=', repositoryId)
    .execute();
}

/** Undefined where there is no such repository. */
export async function findTagHome(query: Query, name: string): Promise<TagHome | undefined> {
  const row = await selectHome(query).where('name', '=', name).executeTakeFirst();
  return row === undefined ? undefined : toHome(row);
}

async function readTagHome(query: Query, id: number): Promise<TagHome> {
  return toHome(await selectHome(query).where('id', '=', id).executeTakeFirstOrThrow());
}

function selectHome(query: Query) {
  return query.selectFrom('repository').select(['id', 'name', 'is_public', 'immutable_tags_json']);
}

function toHome(row: {
  id: number;
  name: string;
  is_public: number;
  immutable_tags_json: string | null;
}): TagHome {
  const { id, name, is_public, immutable_tags_json } = row;
  return { id, name, isPublic: is_public === 1, immutableTags: parseTagRule(immutable_tags_json) };
}

/** Where the tag points now; `registry.tag_immutable` where it would have to leave there and may not. */
async function checkMove(query: Query, home: TagHome, tag: string, digest: Digest): Promise<Digest | null> {
  const previous = (await findTag(query, home.id, tag))?.digest ?? null;
  if (previous !== null && previous !== digest && isImmutable(home.immutableTags, tag))
    throw registryErrors.tag_immutable(
      `${describeTag(home.name, tag)} and stays what it is (${shorten(previous)}); push another version, ` +
        `or let a maintainer change the rule: plimsoll repository set HOST/${home.name} --immutable-tags ''`,
    );
  return previous;
}

function refusedDeletion(repository: string, tag: string, digest: Digest) {
  return registryErrors.tag_immutable(
    `${describeTag(repository, tag)} and stays (${shorten(digest)}); a maintainer deletes it with a reason, ` +
      `which the tag log keeps: plimsoll repository untag HOST/${repository}:${tag} --reason 'WHY'`,
  );
}

function describeTag(repository: string, tag: string): string {
  const kind = isImmutable(releaseTags, tag) ? 'is a release' : 'is immutable by the repository’s rule';
  return `tag ${tag} of ${repository} ${kind}`;
}

/** Enough to tell two images apart, short enough for a sentence. */
function shorten(digest: Digest): string {
  const [algorithm, hex = ''] = digest.split(':');
  return `${algorithm}:${hex.slice(0, 12)}…`;
}

async function append(
  query: Query,
  { name: repository, isPublic }: TagHome,
  what: Pick<TagRecord, 'kind' | 'tag' | 'digest' | 'previous'>,
  { actor, via, reason, now, random }: TagCause,
): Promise<number> {
  const told = reason === undefined ? {} : { reason };
  const by = actor.account ?? (actor.via === 'product' ? 'plimsoll' : 'anonymous');
  const record: TagRecord = { v: 1, ...what, repository, at: formatInstant(now), by, via, ...told };
  const salt = isPublic ? null : Buffer.from(random.bytes(saltBytes)).toString('hex');
  const leaf = { repository, tag: what.tag, at: now, recordJson: formatTagRecord(record), salt };
  return appendLeaves(query, [leaf]);
}
