// The contract's shapes of pulls: sums, and a series by day. Read contract.ts first.
import { z } from 'zod';
import { limits } from '../../kit/limits.ts';
import { pullSummary } from './contract.ts';

export const pullQuery = z.object({
  days: z.coerce.number().int().min(1).max(limits.pullDays).default(30),
  /** A tag, or a digest: what was pulled by this name alone. The whole repository where absent. */
  reference: z.string().max(200).optional(),
});

export const pullSeries = pullSummary
  .extend({
    repository: z.string(),
    reference: z.string().optional(),
    /** From the first day that is known on, the last is today and not over; a day that is absent is not known. */
    days: z.array(
      z.object({
        /** In UTC. */
        day: z.string().meta({ format: 'date' }),
        pulls: z.number().int(),
      }),
    ),
  })
  .meta({ id: 'PullSeries' });
