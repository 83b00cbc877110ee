// Rows of the sentinel: how moves were judged, tags that wait for their owner, who pushed before. Private to the
// registry.
import type { Digest } from '../../../formats/oci/digest.ts';
import type { Query } from '../../../io/db/database.ts';
import type { TagHoldTable } from '../../../io/db/tables-tag.ts';
import type { Unknown } from '../../../io/images/files.ts';
import { parseJson } from '../../../kit/json.ts';
import type { Actor } from '../../hub/audit.ts';
import type { Suspicion } from '../sentinel/facts.ts';

export interface TagJudgement {
  /** Where the tag pointed when it was judged; null where it was new. */
  readonly previous: Digest | null;
  /** None: nothing of what is known speaks against the move. */
  readonly suspicions: readonly Suspicion[];
  /** By rule: what it could not judge. */
  readonly unknowns: readonly Unknown[];
  /** The tag waits for its owner. */
  readonly isHeld: boolean;
  /** It waits too where it was moved by another push since it was judged. */
  readonly isHeldIfRaced: boolean;
}

export interface TagHold {
  readonly tag: string;
  readonly digest: Digest;
  /** What is served meanwhile. */
  readonly previous: Digest;
  readonly who: string;
  readonly via: string;
  readonly at: number;
  readonly suspicions: readonly Suspicion[];
  readonly unknowns: readonly Unknown[];
}

/** Who, and how they proved it, without what changes with each job. */
export function credentialOf({ account, via }: Actor): string {
  const who = account ?? (via === 'product' ? 'plimsoll' : 'anybody');
  // A job's subject names the tag it runs for; the next release is the same job.
  const steady = who.startsWith('oidc:')
    ? who
        .replace(/:ref:refs\/tags\/.*$/s, ':ref:refs/tags')
        .replace(/:ref_type:tag:ref:.*$/s, ':ref_type:tag')
    : who;
  // A certificate is renewed every few hours or months; its registration stays.
  const steadyVia = via.replace(/^(certificate .*) sha256:[0-9a-f]{64}$/s, '$1');
  return `${steady} by ${steadyVia}`;
}

export async function addPusher(
  query: Query,
  repository: string,
  { actor, now }: { readonly actor: Actor; readonly now: number },
): Promise<void> {
  await query
    .insertInto('tag_pusher')
    .values({ repository, credential: credentialOf(actor), first_at: now })
    .onConflict((conflict) => conflict.columns(['repository', 'credential']).doNothing())
    .execute();
}

/** Undefined where nobody is known to have pushed there. */
export async function isKnownPusher(
  query: Query,
  repository: string,
  credential: string,
): Promise<boolean | undefined> {
  const all = query.selectFrom('tag_pusher').select('credential').where('repository', '=', repository);
  if ((await all.where('credential', '=', credential).executeTakeFirst()) !== undefined) return true;
  return (await all.limit(1).executeTakeFirst()) === undefined ? undefined : false;
}

export async function addJudgement(
  query: Query,
  leaf: number,
  { suspicions, unknowns }: Pick<TagJudgement, 'suspicions' | 'unknowns'>,
  now: number,
): Promise<void> {
  const row = {
    suspicions_json: JSON.stringify(suspicions),
    unknowns_json: JSON.stringify(unknowns),
    judged_at: now,
  };
  await query
    .insertInto('tag_suspicion')
    .values({ leaf, ...row })
    .onConflict((conflict) => conflict.column('leaf').doUpdateSet(row))
    .execute();
}

/** What had been said of a push that waited stays with the move that it became, the tag's last. */
export async function keepJudgement(
  query: Query,
  repositoryId: number,
  { tag, judgement }: { tag: string; judgement: Pick<TagJudgement, 'suspicions' | 'unknowns'> },
  now: number,
): Promise<void> {
  const moved = await query
    .selectFrom('tag')
    .select('leaf')
    .where('repository_id', '=', repositoryId)
    .where('name', '=', tag)
    .executeTakeFirst();
  if (moved?.leaf != null) await addJudgement(query, moved.leaf, judgement, now);
}

/** A tag that is where a judged move put it. */
export interface JudgedTag {
  readonly tag: string;
  readonly leaf: number;
  readonly recordJson: string;
  readonly suspicions: readonly Suspicion[];
  readonly unknowns: readonly Unknown[];
}

/** The tags that point at the digest by a move that was judged. */
export async function listJudged(
  query: Query,
  repositoryId: number,
  digest: Digest,
  limit: number,
): Promise<readonly JudgedTag[]> {
  const rows = await query
    .selectFrom('tag')
    .innerJoin('tag_suspicion', 'tag_suspicion.leaf', 'tag.leaf')
    .innerJoin('tag_leaf', 'tag_leaf.leaf', 'tag.leaf')
    .select(['tag.name as tag', 'tag_leaf.leaf as leaf', 'record_json', 'suspicions_json', 'unknowns_json'])
    .where('tag.repository_id', '=', repositoryId)
    .where('tag.digest', '=', digest)
    .orderBy('tag.name')
    .limit(limit)
    .execute();
  return rows.map(({ tag, leaf, record_json, suspicions_json, unknowns_json }) => ({
    tag,
    leaf,
    recordJson: record_json,
    suspicions: parseSuspicions(suspicions_json),
    unknowns: parseUnknowns(unknowns_json),
  }));
}

/** Of a tag that waits already, the later push takes the place of the earlier. */
export async function addHold(
  query: Query,
  repositoryId: number,
  {
    tag,
    digest,
    previous,
    judgement,
  }: Pick<TagHold, 'tag' | 'digest' | 'previous'> & { judgement: TagJudgement },
  { actor, now }: { readonly actor: Actor; readonly now: number },
): Promise<void> {
  const row = {
    digest,
    previous,
    who: actor.account ?? 'anybody',
    via: actor.via,
    at: now,
    suspicions_json: JSON.stringify(judgement.suspicions),
    unknowns_json: JSON.stringify(judgement.unknowns),
  };
  await query
    .insertInto('tag_hold')
    .values({ repository_id: repositoryId, tag, ...row })
    .onConflict((conflict) => conflict.columns(['repository_id', 'tag']).doUpdateSet(row))
    .execute();
}

export async function listHolds(
  query: Query,
  repositoryId: number,
  where: { readonly tag?: string; readonly digest?: Digest; readonly limit: number },
): Promise<readonly TagHold[]> {
  const rows = await query
    .selectFrom('tag_hold')
    .selectAll()
    .where('repository_id', '=', repositoryId)
    .$if(where.tag !== undefined, (some) => some.where('tag', '=', where.tag as string))
    .$if(where.digest !== undefined, (some) => some.where('digest', '=', where.digest as string))
    .orderBy('tag')
    .limit(where.limit)
    .execute();
  return rows.map(toHold);
}

export async function countHolds(query: Query, repositoryId: number): Promise<number> {
  const { count } = await query
    .selectFrom('tag_hold')
    .select((of) => of.fn.countAll<number>().as('count'))
    .where('repository_id', '=', repositoryId)
    .executeTakeFirstOrThrow();
  return Number(count);
}

/** Ends the waiting; gives back what waited, if anything did. */
export async function takeHold(
  query: Query,
  repositoryId: number,
  tag: string,
): Promise<TagHold | undefined> {
  const row = await query
    .deleteFrom('tag_hold')
    .where('repository_id', '=', repositoryId)
    .where('tag', '=', tag)
    .returningAll()
    .executeTakeFirst();
  return row === undefined ? undefined : toHold(row);
}

function toHold(row: TagHoldTable): TagHold {
  const { tag, digest, previous, who, via, at, suspicions_json, unknowns_json } = row;
  return {
    tag,
    digest: digest as Digest,
    previous: previous as Digest,
    who,
    via,
    at,
    suspicions: parseSuspicions(suspicions_json),
    unknowns: parseUnknowns(unknowns_json),
  };
}

export function parseSuspicions(text: string): readonly Suspicion[] {
  return (parseJson(text) ?? []) as unknown as readonly Suspicion[];
}

export function parseUnknowns(text: string): readonly Unknown[] {
  return (parseJson(text) ?? []) as unknown as readonly Unknown[];
}
