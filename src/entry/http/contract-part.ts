// The contract's shapes of parts: processes of the installation that run elsewhere, and speak mutual TLS with it. Read
// contract.ts first. Keys, proofs and certificates in JSON are DER in base64, but for those in PEM that say so.
import { z } from 'zod';
import { instant } from './contract.ts';
import { permission } from './contract-rights.ts';

const base64 = z.string().regex(/^[A-Za-z0-9+/]{4,5600}={0,2}$/, 'is not base64 of up to 4 KiB');

export const partJoinWish = z
  .strictObject({
    invitation: z.string().min(1).max(200),
    /** SubjectPublicKeyInfo of a new P-256 key. */
    publicKey: base64,
    /** ECDSA with SHA-256, DER, by that key, over the part proof of the invitation. */
    proof: base64,
  })
  .meta({ id: 'PartJoinWish' });

export const partRenewWish = z
  .strictObject({
    /** The former one. */
    certificate: base64,
    publicKey: base64,
    /** By the new key and by the former one, over the part proof of the former certificate. */
    proof: base64,
    formerProof: base64,
  })
  .meta({ id: 'PartRenewWish' });

export const partCertificate = z
  .object({
    /** KIND/NAME, as `gate/prod`. */
    part: z.string(),
    /** Host and port of the instance's public address. */
    host: z.string(),
    trustDomain: z.string(),
    spiffeId: z.string(),
    /** The SPIFFE ID that the instance shows to its parts. */
    serverId: z.string(),
    /** `https://HOST:PORT` of the listener of parts. */
    address: z.string(),
    /** PEM. */
    certificate: z.string(),
    /** PEM, those that will sign too. */
    authorities: z.array(z.string()),
    notBefore: instant,
    notAfter: instant,
    /** From then on it should be renewed. */
    renewAfter: instant,
  })
  .meta({ id: 'PartCertificate' });
export type PartCertificate = z.output<typeof partCertificate>;

export const part = z
  .object({
    name: z.string(),
    /** Whose rights it has, within its permissions; absent where that login is gone, so that it may nothing. */
    owner: z.string().optional(),
    permissions: z.array(permission),
    createdAt: instant,
    createdBy: z.string(),
    holders: z.array(
      z.object({
        id: z.string(),
        madeAt: instant,
        renewedAt: instant,
        /** When its newest certificate ends. */
        notAfter: instant,
        /** At most a minute behind. */
        lastUsedAt: instant.optional(),
        /** When somebody came with a key that was renewed already: its file was copied or restored. */
        suspectedAt: instant.optional(),
      }),
    ),
  })
  .meta({ id: 'Part' });
export type PartAnswer = z.output<typeof part>;
export const partList = z.object({ parts: z.array(part) }).meta({ id: 'PartList' });

export const partWish = z
  .strictObject({
    name: z.string(),
    account: z.string().optional(),
    /** `org+robot` */
    robot: z.string().optional(),
    permissions: z.array(permission).optional(),
  })
  .refine(({ account, robot }) => account === undefined || robot === undefined, 'names an account or a robot')
  .meta({ id: 'PartWish' });

export const partInvitationWish = z
  .strictObject({
    uses: z.number().int().default(1),
    validSeconds: z
      .number()
      .int()
      .default(15 * 60),
  })
  .meta({ id: 'PartInvitationWish' });

export const partInvitation = z
  .object({
    part: z.string(),
    /** Shown this once. */
    secret: z.string(),
    uses: z.number().int(),
    endsAt: instant,
  })
  .meta({ id: 'PartInvitation' });
