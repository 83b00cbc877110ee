// The contract's shapes of retention: which tags are kept and why, and which would go. Read contract.ts first.
import { z } from 'zod';

/** Rules about when an image was last pulled are not taken: pulls are not recorded. */
const retentionRule = z.strictObject({
  repositories: z.string(),
  keepLast: z.number().int().min(0).optional(),
  keepDays: z.number().positive().optional(),
  keepMatching: z.array(z.string().min(1).max(128)).max(100).optional(),
  /** True where absent: full releases stay. */
  keepReleases: z.boolean().optional(),
});

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
