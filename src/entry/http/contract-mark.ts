// The contract's shapes of revocations; read contract.ts first. A statement is never changed and never deleted: who
// follows the list applies each in its order.
import { z } from 'zod';
import { limits } from '../../kit/limits.ts';
import { digest, instant } from './contract.ts';

const why = z.string().trim().min(1).max(limits.revocationWhyChars);
const action = z.enum(['revoke', 'reinstate']);
const kind = z.enum(['digest', 'key', 'certificate', 'identity']);

/** A signed statement that takes something back, or undoes that. */
export const revocation = z
  .object({
    /** The order, and the cursor. */
    seq: z.number().int(),
    action,
    kind,
    /** A digest; SHA-256 of a SubjectPublicKeyInfo in hex; a serial number in hex; a name as certificates have it. */
    value: z.string(),
    /** Where a digest is revoked; absent: everywhere. */
    repository: z.string().optional(),
    /** What a key or an identity signed before stays good. */
    from: instant.optional(),
    why: z.string(),
    at: instant,
    /** Whether it holds now: the last word on its thing, and a revocation. */
    isStanding: z.boolean(),
    /** Sigstore bundle v0.3: an in-toto statement of predicate type https://plimsoll.dev/revocation/v1. */
    bundle: z.record(z.string(), z.unknown()),
  })
  .meta({ id: 'Revocation' });

export const revocationQuery = z.object({
  after: z.coerce.number().int().min(0).default(0).meta({ description: 'The `next` of the answer before' }),
  limit: z.coerce.number().int().min(1).max(limits.revocationsPage).default(limits.revocationsPage),
  digest: z.array(digest).max(limits.revocationDigests).meta({
    description: 'Of digests these alone, with all keys, certificates and identities; without it all',
  }),
});

/** Statements after the cursor, in their order; without those of repositories that are not for the asker. */
export const revocationList = z
  .object({
    revocations: z.array(revocation),
    /** To go on with, now or once there is more. */
    next: z.number().int(),
  })
  .meta({ id: 'RevocationList' });

export const revocationWish = z
  .strictObject({ action: action.default('revoke'), digest, why })
  .meta({ id: 'RevocationWish' });

/** Of a digest: in every repository. */
export const thingRevocationWish = z
  .strictObject({
    action: action.default('revoke'),
    kind,
    value: z.string().min(1).max(limits.revocationValueChars),
    from: z.iso.datetime({ offset: true }).optional(),
    why,
  })
  .meta({ id: 'ThingRevocationWish' });

export type Revocation = z.infer<typeof revocation>;
export type RevocationList = z.infer<typeof revocationList>;
