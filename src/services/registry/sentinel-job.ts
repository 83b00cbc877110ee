// Judging again: signatures and provenances mostly come after the push that they are about, and packages are known
// from the scan on. Only the rules that look at those judge again; what the others said of the push stays. A push
// that waits and of which nothing is suspicious any more moves its tag.
import type { Digest } from '../../formats/oci/digest.ts';
import { isDigest } from '../../formats/oci/digest.ts';
import type { Query } from '../../io/db/database.ts';
import type { JsonObject } from '../../kit/json.ts';
import { limits } from '../../kit/limits.ts';
import { productActor } from '../hub/audit.ts';
import { recordEvents } from './event.ts';
import {
  addHold,
  addJudgement,
  addPusher,
  type JudgedTag,
  keepJudgement,
  listHolds,
  listJudged,
  type TagHold,
  type TagJudgement,
  takeHold,
} from './rows/sentinel.ts';
import { readSentinelSetting } from './rows/sentinel-setting.ts';
import { findTagHome, moveTags, type TagHome } from './rows/tag.ts';
import { sentinelRules } from './sentinel/all.ts';
import { gatherFacts, type PushedTags } from './sentinel/gather.ts';
import { judgeMove } from './sentinel.ts';
import type { RegistryStores } from './stores.ts';
import { parseTagRecord } from './tag-record.ts';

export const judgeAgainJob = 'judge-again';

type Judged = Pick<TagJudgement, 'suspicions' | 'unknowns'>;
type Stores = Pick<RegistryStores, 'database' | 'blobs' | 'clock' | 'random'>;

interface JobRows {
  enqueue(query: Query, wish: { kind: string; key: string; input: JsonObject }): Promise<void>;
}

const again = sentinelRules.filter(({ isJudgedAgain }) => isJudgedAgain);
const AGAIN: ReadonlySet<string> = new Set(again.map(({ id }) => id));

/** By event: what is attached to an image, and the end of its scan, lead to judging its tags again. */
export function createSentinelEventRoutes({ queue }: { readonly queue: JobRows }) {
  const ask = async (query: Query, repository: string, digest: Digest): Promise<void> => {
    const home = await findTagHome(query, repository);
    if (home === undefined) return;
    const judged = await listJudged(query, home.id, digest, 1);
    const held = judged.length > 0 ? [] : await listHolds(query, home.id, { digest, limit: 1 });
    if (judged.length + held.length === 0) return;
    const input = { repository, digest };
    await queue.enqueue(query, { kind: judgeAgainJob, key: `${repository}@${digest}`, input });
  };
  return {
    async manifest_pushed(query: Query, { repository, digest }: JsonObject): Promise<void> {
      const row = await query
        .selectFrom('manifest')
        .innerJoin('repository', 'repository.id', 'manifest.repository_id')
        .select('subject_digest')
        .where('repository.name', '=', String(repository))
        .where('manifest.digest', '=', String(digest))
        .executeTakeFirst();
      if (row?.subject_digest != null) await askAround(query, ask, String(repository), row.subject_digest);
    },
    async tag_moved(query: Query, { repository, tag }: JsonObject): Promise<void> {
      const [, algorithm, hex] = /^(sha256|sha512)-([0-9a-f]+)\.(?:sig|att)$/.exec(String(tag)) ?? [];
      const digest = `${algorithm}:${hex}`;
      if (isDigest(digest)) await askAround(query, ask, String(repository), digest);
    },
    async signature_unexpected(query: Query, { repository, digest }: JsonObject): Promise<void> {
      await askAround(query, ask, String(repository), String(digest));
    },
    /** An owner's word on a signer may speak for all that waits. */
    async signer_decided(query: Query, { repository, digest }: JsonObject): Promise<void> {
      await askAround(query, ask, String(repository), String(digest));
      const home = await findTagHome(query, String(repository));
      if (home === undefined) return;
      for (const held of await listHolds(query, home.id, { limit: limits.tagHoldsPage }))
        await ask(query, home.name, held.digest);
    },
    async scan_ended(query: Query, { digest }: JsonObject): Promise<void> {
      const rows = await query
        .selectFrom('manifest')
        .innerJoin('repository', 'repository.id', 'manifest.repository_id')
        .select('repository.name as repository')
        .where('manifest.digest', '=', String(digest))
        .limit(limits.sentinelMoves)
        .execute();
      for (const { repository } of rows) await askAround(query, ask, repository, String(digest));
    },
  };
}

/** Of the image itself, and of the indexes that it stands in. */
async function askAround(
  query: Query,
  ask: (query: Query, repository: string, digest: Digest) => Promise<void>,
  repository: string,
  digest: string,
): Promise<void> {
  await ask(query, repository, digest as Digest);
  const parents = await query
    .selectFrom('manifest_child')
    .innerJoin('repository', 'repository.id', 'manifest_child.repository_id')
    .select('manifest_child.digest')
    .where('repository.name', '=', repository)
    .where('child_digest', '=', digest)
    .where('role', '=', 'manifest')
    .limit(limits.sentinelMoves)
    .execute();
  for (const parent of parents) await ask(query, repository, parent.digest as Digest);
}

/** Judges every tag and every waiting push of the digest anew; nothing where the repository is gone. */
export async function judgeAgain(stores: Stores, repository: string, digest: Digest): Promise<void> {
  const { query } = stores.database;
  const home = await findTagHome(query, repository);
  if (home === undefined) return;
  for (const judged of await listJudged(query, home.id, digest, limits.tagHoldsPage))
    await judgeMoved(stores, home, digest, judged);
  for (const hold of await listHolds(query, home.id, { digest, limit: limits.tagHoldsPage }))
    await judgeHeld(stores, home, hold);
}

async function judgeMoved(stores: Stores, home: TagHome, digest: Digest, judged: JudgedTag): Promise<void> {
  const { tag, leaf } = judged;
  const record = parseTagRecord(judged.recordJson);
  const previous = (record?.previous ?? null) as Digest | null;
  const said = await judgeOne(stores, { home, digest, moves: [{ tag, previous }], beforeLeaf: leaf }, judged);
  if (said === undefined) return;
  const { database, clock } = stores;
  await database.transaction(async (query) => {
    await addJudgement(query, leaf, said, clock.now());
    const rules = said.suspicions.map(({ rule }) => rule);
    const isMore = rules.some((rule) => judged.suspicions.every((old) => old.rule !== rule));
    const pushedBy = record?.by ?? 'anybody';
    const moved = { repository: home.name, tag, digest, previous, pushedBy };
    const event = { kind: 'tag_suspected', ...moved, ...said } as const;
    await recordEvents(query, productActor, isMore ? [event] : [], clock.now());
  });
}

async function judgeHeld(stores: Stores, home: TagHome, hold: TagHold): Promise<void> {
  const { tag, digest, previous, who, via, at } = hold;
  const said = await judgeOne(stores, { home, digest, moves: [{ tag, previous }] }, hold);
  if (said === undefined) return;
  const { database, clock, random } = stores;
  await database.transaction(async (query) => {
    const [still] = await listHolds(query, home.id, { tag, digest, limit: 1 });
    if (still === undefined || still.at !== at) return;
    const pusher = { actor: { account: who, via }, now: at };
    if (said.suspicions.length > 0) {
      const judgement = { previous, ...said, isHeld: true, isHeldIfRaced: true };
      return addHold(query, home.id, { tag, digest, previous, judgement }, pusher);
    }
    await takeHold(query, home.id, tag);
    const now = clock.now();
    const cause = { actor: productActor, via: 'released', reason: `pushed by ${who}`, now, random };
    const released = {
      kind: 'tag_confirmed',
      repository: home.name,
      tag,
      digest,
      previous,
      pushedBy: who,
      ...said,
    } as const;
    await moveTags(query, home.id, { tags: [tag], digest }, cause, [released]);
    await keepJudgement(query, home.id, { tag, judgement: said }, now);
    await addPusher(query, home.name, pusher);
  });
}

/** The rules that judge again, beside what the others had said; undefined where nothing can be said. */
async function judgeOne(
  stores: Stores,
  push: Omit<PushedTags, 'actor' | 'now'>,
  before: Judged,
): Promise<Judged | undefined> {
  const [facts] = await gatherFacts(stores, { ...push, actor: productActor, now: stores.clock.now() });
  if (facts === undefined) return undefined;
  const { rulesOff } = await readSentinelSetting(stores.database.query, push.home.id);
  const said = judgeMove(facts, rulesOff, again);
  const kept = before.suspicions.filter(({ rule }) => !AGAIN.has(rule));
  const unknowns = before.unknowns.filter(({ where }) => !AGAIN.has(where));
  return {
    suspicions: [...kept, ...said.suspicions].sort((a, b) => orderOf(a.rule) - orderOf(b.rule)),
    unknowns: [...unknowns, ...said.unknowns].sort((a, b) => orderOf(a.where) - orderOf(b.where)),
  };
}

/** The gravest first; what is said of the move itself stands at the end. */
function orderOf(rule: string): number {
  const at = sentinelRules.findIndex(({ id }) => id === rule);
  return at < 0 ? sentinelRules.length : at;
}
