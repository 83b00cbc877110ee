// The contract's shapes of damage: what stored bytes were lost or changed, and what became of them. Read contract.ts
// first.
import { z } from 'zod';
import { limits } from '../../kit/limits.ts';
import { instant } from './contract.ts';

const count = z.number().int();

export const damageQuery = z.object({
  state: z.enum(['damaged', 'repaired']).default('damaged'),
  limit: z.coerce.number().int().min(1).max(limits.damagePage).default(100),
});

const hitImage = z.object({
  repository: z.string(),
  /** Of the image, or of the index that it stands in. */
  digest: z.string(),
  tags: z.array(z.string()),
});

const damageEntry = z.object({
  digest: z.string(),
  sizeBytes: count,
  why: z.string(),
  foundAt: instant,
  images: z.array(hitImage),
  hasMoreImages: z.boolean(),
  /** HOST/NAME of what would be asked; empty where no mirror is named for it. */
  mirrors: z.array(z.string()),
  /** How often mirrors were asked in vain. */
  tries: count,
  triedAt: instant.optional(),
  /** What they said last. */
  error: z.string().optional(),
  repairedAt: instant.optional(),
  /** `push`, or HOST/NAME of a mirror's repository. */
  repairedFrom: z.string().optional(),
});
export type DamageEntry = z.output<typeof damageEntry>;

export const damageReport = z
  .object({
    /** All in this state; the list may hold fewer. */
    total: count,
    /** Found last first. */
    damage: z.array(damageEntry),
  })
  .meta({ id: 'DamageReport' });
export type DamageReport = z.output<typeof damageReport>;

export const repairWish = z
  .strictObject({
    /** All that is damaged where absent. */
    digest: z.string().optional(),
  })
  .meta({ id: 'RepairWish' });
