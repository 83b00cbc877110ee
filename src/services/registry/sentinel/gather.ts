// The facts of a push's moves, from rows and bytes that lie here. Read beside the transaction that moves the tags,
// so that no other push waits for them; what is far back is left aside by number.
import type { Digest } from '../../../formats/oci/digest.ts';
import type { Manifest } from '../../../formats/oci/manifest.ts';
import { limits } from '../../../kit/limits.ts';
import { credentialOf, isKnownPusher, listHolds } from '../rows/sentinel.ts';
import type { TagCause, TagHome } from '../rows/tag.ts';
import type { RegistryStores } from '../stores.ts';
import { parseTagRecord } from '../tag-record.ts';
import { isBesideDigest, isReleaseTag } from '../tag-rule.ts';
import type { Fact, ImageFacts, MoveFacts } from './facts.ts';
import { viewImage } from './image-view.ts';
import { createRepositoryReader } from './reader.ts';
import { isSameStart } from './rules/start-changed.ts';

/** One tag of a push. */
export interface Move {
  readonly tag: string;
  readonly previous: Digest | null;
}

export interface PushedTags extends Pick<TagCause, 'actor' | 'now'> {
  readonly home: Pick<TagHome, 'id' | 'name'>;
  readonly digest: Digest;
  /** Where it is not stored yet. */
  readonly manifest?: Manifest;
  readonly moves: readonly Move[];
  /** Only what had happened before this leaf counts; all where absent. */
  readonly beforeLeaf?: number;
}

/** Minutes within which tags are counted together. */
const BURST_MS = 10 * 60 * 1000;

/** One for each move, in their order; none of a repository in which no tag ever moved. */
export async function gatherFacts(
  stores: Pick<RegistryStores, 'database' | 'blobs'>,
  push: PushedTags,
): Promise<readonly MoveFacts[]> {
  const { query } = stores.database;
  const { home, actor, moves } = push;
  const past = await listPast(stores, push);
  const newest = past.find(({ digest }) => digest !== null);
  if (newest === undefined) return [];
  const reader = createRepositoryReader(stores, home);
  const views = new Map<Digest, Promise<ImageFacts>>();
  const view = (digest: Digest, manifest?: Manifest): Promise<ImageFacts> => {
    const known = views.get(digest) ?? viewImage(reader, digest, manifest);
    views.set(digest, known);
    return known;
  };
  const after = await view(push.digest, push.manifest);
  const credential = credentialOf(actor);
  const isKnown = await isKnownPusher(query, home.name, credential);
  const held = await listHolds(query, home.id, { limit: limits.tagHoldsPage });
  const burst = countBurst(past, [...moves, ...held.filter(({ at }) => at >= push.now - BURST_MS)], push.now);
  const facts: MoveFacts[] = [];
  for (const { tag, previous } of moves) {
    const before = await view(previous ?? (newest.digest as Digest));
    const older = previous === null || isAlike(before, after) ? [] : earlierDigests(past, tag, previous);
    const earlier: ImageFacts[] = [];
    for (const digest of older) earlier.push(await view(digest));
    facts.push({
      repository: home.name,
      tag,
      isNew: previous === null,
      isRelease: isReleaseTag(tag),
      credential,
      isKnownCredential:
        isKnown === undefined ? { why: 'who pushed here before was not kept' } : { value: isKnown },
      burst,
      before,
      after,
      earlier,
    });
  }
  return facts;
}

interface PastMove {
  readonly tag: string;
  readonly at: number;
  readonly digest: Digest | null;
}

/** The last first; tags that clients keep beside a digest move by design and are left out. */
async function listPast(
  { database }: Pick<RegistryStores, 'database'>,
  { home, beforeLeaf }: PushedTags,
): Promise<readonly PastMove[]> {
  const rows = await database.query
    .selectFrom('tag_leaf')
    .select(['tag', 'at', 'record_json'])
    .where('repository', '=', home.name)
    .$if(beforeLeaf !== undefined, (some) => some.where('leaf', '<', beforeLeaf as number))
    .orderBy('leaf', 'desc')
    .limit(limits.sentinelMoves)
    .execute();
  return rows
    .filter(({ tag }) => !isBesideDigest(tag))
    .map(({ tag, at, record_json }) => {
      const digest = parseTagRecord(record_json)?.digest ?? null;
      return { tag, at, digest: digest as Digest | null };
    });
}

/** `moves` are those of the push and those that wait. A repository whose whole past lies within these minutes has nothing to compare with. */
function countBurst(
  past: readonly PastMove[],
  moves: readonly { readonly tag: string }[],
  now: number,
): Fact<{ readonly tags: number; readonly mostBefore: number }> {
  const start = now - BURST_MS;
  const older = past.filter(({ at }) => at < start);
  if (older.length === 0 && past.length < limits.sentinelMoves)
    return { why: 'the repository has no moves from more than ten minutes ago' };
  const recent = past.filter(({ at }) => at >= start).map(({ tag }) => tag);
  const tags = new Set([...recent, ...moves.map(({ tag }) => tag)]).size;
  return { value: { tags, mostBefore: mostWithin(older) } };
}

/** The most different tags within any such minutes; the moves come last first. */
function mostWithin(moves: readonly PastMove[]): number {
  const within = new Map<string, number>();
  let most = 0;
  let first = 0;
  for (const move of moves) {
    within.set(move.tag, (within.get(move.tag) ?? 0) + 1);
    for (let left = moves[first]; left !== undefined && left.at - move.at > BURST_MS; left = moves[first]) {
      first += 1;
      const count = (within.get(left.tag) ?? 1) - 1;
      if (count === 0) within.delete(left.tag);
      else within.set(left.tag, count);
    }
    most = Math.max(most, within.size);
  }
  return most;
}

/** Nothing differs that earlier images would be asked about. */
function isAlike(before: ImageFacts, after: ImageFacts): boolean {
  const isSamePackages =
    'why' in before.packages ||
    'why' in after.packages ||
    before.packages.value.symmetricDifference(after.packages.value).size === 0;
  return isSamePackages && isSameStart(before, after);
}

function earlierDigests(past: readonly PastMove[], tag: string, previous: Digest): readonly Digest[] {
  const digests = past.flatMap((move) => (move.tag === tag && move.digest !== null ? move.digest : []));
  const others = [...new Set(digests)].filter((digest) => digest !== previous);
  return others.slice(0, limits.sentinelEarlier);
}
