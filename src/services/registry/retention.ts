// Retention: what the rules would remove now, and removing it: into the trash, so that a rule that was wrong costs a
// grace's time and nothing else. A manifest goes with its last tag, with the platforms and the referrers that only it
// had; nothing that another manifest names. Which rule a repository has, retention-rules.ts says.
import { setImmediate } from 'node:timers/promises';
import type { Digest } from '../../formats/oci/digest.ts';
import type { Query } from '../../io/db/database.ts';
import type { Grant } from '../hub/access.ts';
import { listChildManifests, listParentManifests } from '../hub/child-manifest.ts';
import { environmentOfTag } from '../hub/environment.ts';
import { registryErrors } from './errors.ts';
import { hasManifest } from './held-manifest.ts';
import { listLastPulls } from './last-pull.ts';
import type { Manifests } from './manifests.ts';
import type { Pulls } from './pulls.ts';
import { type JudgedTag, judgeTags, type KeepRule, type RetentionRule } from './retention-rule.ts';
import {
  checkKeeps,
  createRetentionRuleBook,
  type HeldRule,
  type RetentionRuleBook,
} from './retention-rules.ts';
import { measureGoing } from './retention-size.ts';
import { findRepositoryId, readRepositoryId } from './rows/repository.ts';
import { findTagHome } from './rows/tag.ts';
import type { RegistryStores } from './stores.ts';
import { isImmutable, releaseTags } from './tag-rule.ts';
import type { Tags } from './tags.ts';

export interface RetentionPlan extends HeldRule {
  readonly repository: string;
  readonly kept: readonly JudgedTag[];
  readonly going: readonly JudgedTag[];
}

/** A plan of one repository, with what it frees. */
export interface MeasuredPlan extends RetentionPlan {
  /** Bytes on disk that each of `going` frees, in its order; what two of them share counts with the later one. */
  readonly freedBytes: readonly number[];
}

export interface RetentionRun {
  readonly tags: number;
  readonly manifests: number;
  /** Tags of the plan that one run left for the next. */
  readonly left: number;
}

export interface Retention {
  readonly ruleBook: RetentionRuleBook;
  /** What these rules, or those that are set, say of each repository that one of them fits; changes nothing. */
  plan(rules?: readonly RetentionRule[]): Promise<readonly RetentionPlan[]>;
  /**
   * The same of one repository by its rule, or by this one. `registry.retention_missing` where it has none,
   * `registry.retention_invalid`, `registry.name_unknown`.
   */
  planOne(grant: Grant<'delete'>, rule?: KeepRule): Promise<RetentionPlan>;
  /** The same, measured. */
  preview(grant: Grant<'delete'>, rule?: KeepRule): Promise<MeasuredPlan>;
  /** Removes what the plan of this repository says goes, at most `most` tags. */
  apply(
    grant: Grant<'delete'>,
    plan: Pick<RetentionPlan, 'going'>,
    options?: { readonly most?: number },
  ): Promise<RetentionRun>;
}

type Parts = Pick<RegistryStores, 'database' | 'clock'> & {
  readonly tags: Pick<Tags, 'delete'>;
  readonly manifests: Pick<Manifests, 'delete'>;
  readonly pulls: Pick<Pulls, 'flush' | 'since'>;
};

const REASON = 'the repository’s rule of retention keeps it no longer';

export function createRetention({ database, clock, tags, manifests, pulls }: Parts): Retention {
  const { query } = database;
  const ruleBook = createRetentionRuleBook({ database, clock });

  async function judge(id: number, repository: string, rule: KeepRule): Promise<readonly JudgedTag[]> {
    const rows = await readTags(query, id);
    const { immutableTags = [] } = (await findTagHome(query, repository)) ?? {};
    const fixed = immutableTags.filter((pattern) => !releaseTags.includes(pattern));
    const pulled =
      rule.pulledWithin === undefined ? undefined : await listLastPulls(query, id, rows, { isWhole: true });
    return judgeTags(
      rule,
      rows.map(({ name, digest, updated_at }) => {
        const pulledAt = pulled?.get(name);
        return { name, digest, updatedAt: updated_at, ...(pulledAt === undefined ? {} : { pulledAt }) };
      }),
      {
        now: clock.now(),
        pullsSince: await pulls.since(),
        isRecord: (tag) => environmentOfTag(tag) !== undefined,
        isFixed: (tag) => isImmutable(fixed, tag),
      },
    );
  }

  async function planOf(id: number, repository: string, held: HeldRule): Promise<RetentionPlan> {
    const judged = await judge(id, repository, held.rule);
    const [kept, going] = [true, false].map((isKept) =>
      judged.filter(({ reasons }) => reasons.length > 0 === isKept),
    ) as [JudgedTag[], JudgedTag[]];
    return { ...held, repository, kept, going };
  }

  async function planOne(grant: Grant<'delete'>, wished?: KeepRule): Promise<RetentionPlan> {
    const { repository, account = '' } = grant;
    if (wished !== undefined) checkKeeps(wished, `the rule for ${repository}`);
    const id = await readRepositoryId(query, repository);
    const held = wished === undefined ? await ruleBook.find(grant) : { rule: wished, setBy: account };
    if (held === undefined)
      throw registryErrors.retention_missing(`no rule of retention fits ${repository}: it keeps everything`);
    await pulls.flush();
    return planOf(id, repository, held);
  }

  return {
    ruleBook,

    async plan(wished) {
      // Whoever pulled a second ago is heard.
      await pulls.flush();
      const plans: RetentionPlan[] = [];
      for (const { id, name, ...held } of await ruleBook.list(wished))
        plans.push(await planOf(id, name, held));
      return plans;
    },

    planOne,

    async preview(grant, wished) {
      const plan = await planOne(grant, wished);
      const id = await readRepositoryId(query, grant.repository);
      const keptDigests = new Set(plan.kept.map((tag) => tag.digest));
      return { ...plan, freedBytes: await measureGoing(query, id, plan.going, keptDigests) };
    },

    async apply(grant, { going }, { most = Number.POSITIVE_INFINITY } = {}) {
      const repositoryId = await findRepositoryId(query, grant.repository);
      if (repositoryId === undefined) return { tags: 0, manifests: 0, left: 0 };
      const waiting: string[] = [];
      for (const { name, digest } of going.slice(0, most)) {
        // It has moved since the plan was made: a new plan judges it.
        if (!(await isAt(query, repositoryId, name, digest))) continue;
        // The rule said so of tags that cannot move too: the tag log keeps why they went.
        await tags.delete(grant, name, { via: 'retention', reason: REASON });
        waiting.push(digest);
      }
      const removedTags = waiting.length;
      let removedManifests = 0;
      for (let digest = waiting.shift(); digest !== undefined; digest = waiting.shift()) {
        if (
          !(await hasManifest(query, repositoryId, digest)) ||
          (await isNeeded(query, repositoryId, digest))
        )
          continue;
        const attached = await listAttached(query, repositoryId, digest);
        await manifests.delete(grant, digest as Digest);
        removedManifests += 1;
        waiting.push(...attached);
      }
      return { tags: removedTags, manifests: removedManifests, left: Math.max(0, going.length - most) };
    },
  };
}

/** Rows in one question: some 20 ms. */
const BATCH = 5_000;

/** All tags by name; others are served in between. */
async function readTags(query: Query, repositoryId: number) {
  const read = async (after: string) =>
    query
      .selectFrom('tag')
      .select(['name', 'digest', 'updated_at'])
      .where('repository_id', '=', repositoryId)
      .where('name', '>', after)
      .orderBy('name')
      .limit(BATCH)
      .execute();
  const rows = await read('');
  for (let page = rows; page.length === BATCH; ) {
    await setImmediate();
    page = await read(page.at(-1)?.name ?? '');
    rows.push(...page);
  }
  return rows;
}

async function isAt(query: Query, repositoryId: number, tag: string, digest: string): Promise<boolean> {
  const row = await query
    .selectFrom('tag')
    .select('digest')
    .where('repository_id', '=', repositoryId)
    .where('name', '=', tag)
    .executeTakeFirst();
  return row?.digest === digest;
}

/** Whether anything still needs the manifest, those that went before it left out. */
async function isNeeded(query: Query, repositoryId: number, digest: string): Promise<boolean> {
  const tag = await query
    .selectFrom('tag')
    .select('name')
    .where('repository_id', '=', repositoryId)
    .where('digest', '=', digest)
    .limit(1)
    .executeTakeFirst();
  return tag !== undefined || (await listParentManifests(query, repositoryId, [digest])).length > 0;
}

/** Platforms of an index, and what hangs on a manifest. */
async function listAttached(query: Query, repositoryId: number, digest: string): Promise<readonly string[]> {
  const children = await listChildManifests(query, repositoryId, [digest]);
  const referrers = await query
    .selectFrom('manifest')
    .select('digest')
    .where('repository_id', '=', repositoryId)
    .where('subject_digest', '=', digest)
    .execute();
  return [...children.map(({ childDigest }) => childDigest), ...referrers.map((row) => row.digest)];
}
