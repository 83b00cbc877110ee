// The contract's shapes of retention: which tags are kept and why, and which would go. Read contract.ts first.
import { z } from 'zod';
import { instant } from './contract.ts';

const keepMembers = {
  /** The tags that moved last, this many. */
  keepLast: z.number().int().min(0).optional(),
  /** Tags that moved within so many days. */
  keepDays: z.number().positive().optional(),
  /** Tags that were pulled within so many days, as docs/guide/pulls.md counts them. */
  pulledWithin: z.number().positive().optional(),
  keepMatching: z.array(z.string().min(1).max(128)).max(100).optional(),
  /** True where absent: full releases, and what else cannot move, stay. */
  keepReleases: z.boolean().optional(),
};

/** What a repository's own rule says; what any part of it keeps stays. */
export const keepRule = z.strictObject(keepMembers).meta({ id: 'KeepRule' });

const retentionRule = z.strictObject({ repositories: z.string(), ...keepMembers });

export const retentionWish = z
  .strictObject({ rules: z.array(retentionRule).max(100) })
  .meta({ id: 'RetentionWish' });

export const retentionRules = z
  .object({ rules: z.array(retentionRule), setBy: z.string() })
  .meta({ id: 'RetentionRules' });

const judgedTag = z.object({ name: z.string(), digest: z.string(), reasons: z.array(z.string()) });

export const retentionPlanQuery = z.object({
  /** Tags listed of each kind and repository; the counts are of all. */
  limit: z.coerce.number().int().min(1).max(10_000).default(1_000),
});

export const retentionPlan = z
  .object({
    repositories: z.array(
      z.object({
        repository: z.string(),
        goingCount: z.number().int(),
        keptCount: z.number().int(),
        going: z.array(judgedTag),
        kept: z.array(judgedTag),
      }),
    ),
  })
  .meta({ id: 'RetentionPlan' });

/** The rule that holds for a repository; `rule` is absent where it has none and keeps everything. */
export const heldRetention = z
  .object({
    repository: z.string(),
    rule: keepRule.optional(),
    /** The account with whose rights it runs. */
    setBy: z.string().optional(),
    /** The pattern of the instance's rule; absent where the rule is the repository's own. */
    pattern: z.string().optional(),
  })
  .meta({ id: 'HeldRetention' });

export const repositoryRetentionWish = z
  .strictObject({
    /** Null: none of its own; the instance's rule holds again. */
    rule: keepRule.nullable(),
  })
  .meta({ id: 'RepositoryRetentionWish' });

export const retentionPreviewWish = z
  .strictObject({
    /** The rule that holds where absent. */
    rule: keepRule.optional(),
  })
  .meta({ id: 'RetentionPreviewWish' });

const previewedTag = judgedTag.extend({ updatedAt: instant, pulledAt: instant.optional() });

export const retentionPreview = heldRetention
  .extend({
    /** Since when pulls are recorded: what was not pulled before it is not known. */
    pullsSince: instant,
    goingCount: z.number().int(),
    keptCount: z.number().int(),
    /** On disk, once the grace is over. */
    freedBytes: z.number().int(),
    /** What two of them share is freed with the later one. */
    going: z.array(previewedTag.extend({ freedBytes: z.number().int() })),
    kept: z.array(previewedTag),
  })
  .meta({ id: 'RetentionPreview' });
export type RetentionPreview = z.output<typeof retentionPreview>;

export const retentionRun = z
  .object({
    tags: z.number().int(),
    manifests: z.number().int(),
    /** Tags that go and are left for another call. */
    left: z.number().int(),
  })
  .meta({ id: 'RetentionRun' });
