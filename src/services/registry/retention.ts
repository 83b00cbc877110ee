// Retention: the rules as they are set, what they would remove now, and removing it: into the trash, so that a rule that
// was wrong costs a grace's time and nothing else. A manifest goes with its last tag, with the platforms and the
// referrers that only it had; nothing that another manifest names.
import type { Digest } from '../../formats/oci/digest.ts';
import type { Grant } from '../hub/access.ts';
import { environmentOfTag } from '../hub/environment.ts';
import { isNamePattern, matchesPattern } from '../hub/name-pattern.ts';
import { registryErrors } from './errors.ts';
import type { Manifests } from './manifests.ts';
import { isEmptyRule, type JudgedTag, judgeTags, type RetentionRule } from './retention-rule.ts';
import { findRepositoryId } from './rows/repository.ts';
import type { RegistryStores } from './stores.ts';
import type { Tags } from './tags.ts';

export interface RetentionRules {
  readonly rules: readonly RetentionRule[];
  /** The account whose rights the runs have; they stop where it loses them. Empty where no rules were ever set. */
  readonly setBy: string;
}

export interface RetentionPlan {
  readonly repository: string;
  readonly kept: readonly JudgedTag[];
  readonly going: readonly JudgedTag[];
}

export interface RetentionRun {
  readonly tags: number;
  readonly manifests: number;
}

export interface Retention {
  rules(): Promise<RetentionRules>;
  /** `registry.retention_invalid`. */
  setRules(rules: readonly RetentionRule[], setBy: string): Promise<void>;
  /** What these rules, or those that are set, say of each repository that one of them fits; changes nothing. */
  plan(rules?: readonly RetentionRule[]): Promise<readonly RetentionPlan[]>;
  /** Removes what the plan of this repository says goes. */
  apply(grant: Grant<'delete'>, plan: RetentionPlan): Promise<RetentionRun>;
}

const SETTING = 'retention';

type Parts = Pick<RegistryStores, 'database' | 'clock'> & {
  readonly tags: Pick<Tags, 'delete'>;
  readonly manifests: Pick<Manifests, 'delete'>;
};

export function createRetention({ database, clock, tags, manifests }: Parts): Retention {
  const { query } = database;

  async function rules(): Promise<RetentionRules> {
    const row = await query
      .selectFrom('setting')
      .select('value')
      .where('name', '=', SETTING)
      .executeTakeFirst();
    return row === undefined ? { rules: [], setBy: '' } : (JSON.parse(row.value) as RetentionRules);
  }

  /** Whether anything but a tag still needs the manifest, those that go with it left out. */
  async function isNeeded(repositoryId: number, digest: string): Promise<boolean> {
    const tag = await query
      .selectFrom('tag')
      .select('name')
      .where('repository_id', '=', repositoryId)
      .where('digest', '=', digest)
      .limit(1)
      .executeTakeFirst();
    if (tag !== undefined) return true;
    const parent = await query
      .selectFrom('manifest_child')
      .select('digest')
      .where('repository_id', '=', repositoryId)
      .where('child_digest', '=', digest)
      .where('role', '=', 'manifest')
      .limit(1)
      .executeTakeFirst();
    return parent !== undefined;
  }

  /** Platforms of an index, and what hangs on a manifest. */
  async function listAttached(repositoryId: number, digest: string): Promise<readonly string[]> {
    const children = await query
      .selectFrom('manifest_child')
      .select('child_digest')
      .where('repository_id', '=', repositoryId)
      .where('digest', '=', digest)
      .where('role', '=', 'manifest')
      .execute();
    const referrers = await query
      .selectFrom('manifest')
      .select('digest')
      .where('repository_id', '=', repositoryId)
      .where('subject_digest', '=', digest)
      .execute();
    return [...children.map((row) => row.child_digest), ...referrers.map((row) => row.digest)];
  }

  async function isThere(repositoryId: number, digest: string): Promise<boolean> {
    const row = await query
      .selectFrom('manifest')
      .select('digest')
      .where('repository_id', '=', repositoryId)
      .where('digest', '=', digest)
      .executeTakeFirst();
    return row !== undefined;
  }

  return {
    rules,

    async setRules(wished, setBy) {
      checkRules(wished);
      const value = JSON.stringify({ rules: wished, setBy });
      await query
        .insertInto('setting')
        .values({ name: SETTING, value })
        .onConflict((conflict) => conflict.column('name').doUpdateSet({ value }))
        .execute();
    },

    async plan(wished) {
      if (wished !== undefined) checkRules(wished);
      const held = wished ?? (await rules()).rules;
      const plans: RetentionPlan[] = [];
      if (held.length === 0) return plans;
      const repositories = await query
        .selectFrom('repository')
        .select(['id', 'name'])
        .orderBy('name')
        .execute();
      for (const { id, name } of repositories) {
        const rule = held.find((one) => matchesPattern(one.repositories, name));
        if (rule === undefined) continue;
        const rows = await query
          .selectFrom('tag')
          .select(['name', 'digest', 'updated_at'])
          .where('repository_id', '=', id)
          .orderBy('name')
          .execute();
        const judged = judgeTags(
          rule,
          rows.map((row) => ({ name: row.name, digest: row.digest, updatedAt: row.updated_at })),
          clock.now(),
          (tag) => environmentOfTag(tag) !== undefined,
        );
        const going = judged.filter((tag) => tag.reasons.length === 0);
        plans.push({ repository: name, kept: judged.filter((tag) => tag.reasons.length > 0), going });
      }
      return plans;
    },

    async apply(grant, { going }) {
      const repositoryId = await findRepositoryId(query, grant.repository);
      if (repositoryId === undefined) return { tags: 0, manifests: 0 };
      let removedTags = 0;
      const waiting: string[] = [];
      for (const { name, digest } of going) {
        const row = await query
          .selectFrom('tag')
          .select('digest')
          .where('repository_id', '=', repositoryId)
          .where('name', '=', name)
          .executeTakeFirst();
        // It has moved since the plan was made: a new plan judges it.
        if (row?.digest !== digest) continue;
        await tags.delete(grant, name);
        removedTags += 1;
        waiting.push(digest);
      }
      let removedManifests = 0;
      for (let digest = waiting.shift(); digest !== undefined; digest = waiting.shift()) {
        if (!(await isThere(repositoryId, digest)) || (await isNeeded(repositoryId, digest))) continue;
        const attached = await listAttached(repositoryId, digest);
        await manifests.delete(grant, digest as Digest);
        removedManifests += 1;
        waiting.push(...attached);
      }
      return { tags: removedTags, manifests: removedManifests };
    },
  };
}

/** `registry.retention_invalid`. */
function checkRules(rules: readonly RetentionRule[]): void {
  for (const [at, rule] of rules.entries()) {
    const named = `rule ${at + 1}, for ${rule.repositories.slice(0, 100)},`;
    if (!isNamePattern(rule.repositories))
      throw registryErrors.retention_invalid(`${named} names no repositories: * within a part, ** across`);
    if (isEmptyRule(rule))
      throw registryErrors.retention_invalid(
        `${named} keeps nothing: it needs keepLast, keepDays or keepMatching`,
      );
  }
}
