// The contract's shapes of the instance's authority; read contract.ts first.
import { z } from 'zod';

export const identityToken = z
  .object({
    /** A JWT of the instance; `iss` is its address. */
    token: z.string(),
    /** Whom certificates name: `NAME@HOST`. */
    subject: z.string(),
    expiresInSeconds: z.number().int(),
  })
  .meta({ id: 'IdentityToken' });
