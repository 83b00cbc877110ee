// The contract's shapes of registered client certificates; read contract.ts first.
import { z } from 'zod';
import { instant } from './contract.ts';
import { permission } from './contract-rights.ts';

/** A certificate by the SHA-256 of its DER, hex; or a name that an authority of the server puts into certificates. */
const identity = z.object({
  kind: z.enum(['fingerprint', 'uri', 'email', 'dns', 'common-name']),
  value: z.string(),
});

export const certificate = z
  .object({
    id: z.string(),
    name: z.string(),
    identity,
    /** Absent: all that its owner may. */
    permissions: z.array(permission).optional(),
    createdAt: instant,
    /** Of the registration; certificates end by themselves besides. */
    expiresAt: instant.optional(),
    /** At most a minute behind. */
    lastUsedAt: instant.optional(),
  })
  .meta({ id: 'Certificate' });
export const certificateList = z
  .object({ certificates: z.array(certificate) })
  .meta({ id: 'CertificateList' });
export const certificateWish = z
  .strictObject({
    name: z.string(),
    identity,
    permissions: z.array(permission).optional(),
    expiresAt: z.iso.datetime().optional(),
  })
  .meta({ id: 'CertificateWish' });

export type Certificate = z.infer<typeof certificate>;
