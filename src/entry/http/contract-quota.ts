// The contract's shapes of quotas; read contract.ts first.
import { z } from 'zod';

export const namespaceUsage = z
  .object({
    namespace: z.string(),
    /** Of every blob and manifest that its repositories hold, each once; what was deleted counts until it is collected. */
    bytes: z.number().int(),
    blobs: z.number().int(),
    /** Absent: without limit. */
    quotaBytes: z.number().int().optional(),
  })
  .meta({ id: 'NamespaceUsage' });

export const quotaWish = z
  .strictObject({
    /** Null: without limit. */
    quotaBytes: z.number().int().min(0).nullable(),
  })
  .meta({ id: 'QuotaWish' });

export type NamespaceUsage = z.infer<typeof namespaceUsage>;
