// The contract's shapes of keys: how old they are, and renewing them. Read contract.ts first.
import { z } from 'zod';
import { ceremonies, rotations } from '../../services/trust/rotation.ts';
import { instant } from './contract.ts';

const count = z.number().int();
const purposes = [...rotations, ...ceremonies] as const;

const keyState = z.enum(['fine', 'due', 'overdue', 'unknown']);

export const keyReport = z
  .object({
    keys: z.array(
      z.object({
        /** What it is for, from a short list: `log`, `access-token`. */
        purpose: z.string(),
        /** Which one: the beginning of its SHA-256, an account and a token's name. */
        name: z.string(),
        state: keyState,
        madeAt: instant.optional(),
        lastUsedAt: instant.optional(),
        /** When it ends by itself. */
        endsAt: instant.optional(),
        /** By when it is to be renewed; absent where that is not known. */
        dueAt: instant.optional(),
        /** Why something about it is not known. */
        why: z.string().optional(),
        /** The line that renews it, or how that is done. */
        renewal: z.string(),
      }),
    ),
    counts: z.object({ overdue: count, due: count, unknown: count, fine: count }),
  })
  .meta({ id: 'KeyReport' });
export type KeyReportAnswer = z.output<typeof keyReport>;

const rotatedKey = z.object({
  purpose: z.enum(purposes),
  /** SHA-256 of its SubjectPublicKeyInfo; absent of a key without a public half that anybody sees. */
  fingerprint: z.string().optional(),
  /** Until then the former one signs. */
  signsFrom: instant,
  /** Until when what the former one signs is believed. */
  formerUntil: instant.optional(),
});

/** What travels to the root's key: public keys and certificates in base64. */
export const renewal = z
  .object({
    mediaType: z.string(),
    organization: z.string(),
    root: z.string(),
    rootReference: z.string(),
    requests: z.array(
      z.object({
        id: z.string(),
        role: z.enum(['issuing', 'stamping']),
        publicKey: z.string(),
        certificate: z.string().optional(),
      }),
    ),
    /** A root that is to take the place of this one; empty until it was made. */
    newRoot: z
      .object({
        certificate: z.string().optional(),
        reference: z.string().optional(),
        /** Its key in a certificate of the former root. */
        endorsement: z.string().optional(),
      })
      .optional(),
  })
  .meta({ id: 'Renewal' });

/** The key may be in somebody else's hands: no overlap, and nothing more of the former key counts. */
const isAtOnce = z.boolean().default(false);

export const rotationWish = z
  .strictObject({ purposes: z.array(z.enum(purposes)).min(1).max(purposes.length), isAtOnce })
  .meta({ id: 'RotationWish' });

export const rotationStart = z
  .object({
    rotated: z.array(rotatedKey),
    /** To be certified where the root's key is, and brought back; absent where no key needs that. */
    renewal: renewal.optional(),
    /** The file that travels between those who hold the keys of the TUF repository's root: it and the next one. */
    proposal: z.record(z.string(), z.unknown()).optional(),
  })
  .meta({ id: 'RotationStart' });

/** SHA-256 of a new root's certificate: it is taken though the former root's key, which is lost, has not endorsed it. */
const unendorsedRoot = z
  .string()
  .regex(/^[0-9a-f]{64}$/)
  .optional();

export const renewalWish = z.strictObject({ renewal, isAtOnce, unendorsedRoot }).meta({ id: 'RenewalWish' });

export const rotated = z.object({ rotated: z.array(rotatedKey) }).meta({ id: 'RotatedKeys' });
export type RotatedKeyAnswer = z.output<typeof rotatedKey>;
