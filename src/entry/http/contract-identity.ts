// The contract's shapes of who signs a repository's images and of how they were built; read contract.ts first. Nobody is
// expected before an owner said so, and what is not proved is `unknown` with its reason.
import { z } from 'zod';
import { limits } from '../../kit/limits.ts';
import { digest, instant } from './contract.ts';

const identityUse = z.enum(['signature', 'provenance']);
const reason = z.string().trim().min(1).max(limits.identityReasonChars);

/** Whoever signed, as far as it stays the same from one release to the next. */
export const signerIdentity = z
  .discriminatedUnion('kind', [
    z.object({
      kind: z.literal('key'),
      /** SHA-256 of SubjectPublicKeyInfo, hex. */
      thumbprint: z.string(),
    }),
    z.object({
      kind: z.literal('certificate'),
      issuer: z.string(),
      /** The certificate's one name; `@refs/tags/*` stands for any tag. */
      identity: z.string(),
      sourceRepository: z.string().optional(),
      sourceRef: z.string().optional(),
      builder: z.string().optional(),
      runner: z.string().optional(),
    }),
  ])
  .meta({ id: 'SignerIdentity' });

/** Somebody whose signature was proved here, or whose key an owner handed in. */
export const expectedIdentity = z
  .object({
    id: z.number().int(),
    use: identityUse,
    identity: signerIdentity,
    /** Half a sentence. */
    who: z.string(),
    /** Only `confirmed` is expected. */
    state: z.enum(['proposed', 'confirmed', 'unexpected', 'dropped']),
    /** What is not as it was learned, in sentences. */
    differences: z.array(z.string()),
    /** How many images it signed, and the first and the last of them. */
    images: z.number().int(),
    firstDigest: digest.optional(),
    lastDigest: digest.optional(),
    firstSeenAt: instant,
    lastSeenAt: instant,
    decidedBy: z.string().optional(),
    decidedAt: instant.optional(),
    reason: z.string().optional(),
  })
  .meta({ id: 'ExpectedIdentity' });

export const unprovedSignature = z
  .object({
    use: identityUse,
    /** The image that it hangs on. */
    subject: digest,
    carrier: digest,
    /** `failed`: it is wrong whoever is trusted; `unknown`: nothing here says whether to believe it. */
    outcome: z.enum(['failed', 'unknown']),
    why: z.string(),
    seenAt: instant,
  })
  .meta({ id: 'UnprovedSignature' });

export const identityList = z
  .object({
    repository: z.string(),
    outcome: z.enum(['unexpected', 'proposed', 'confirmed', 'none']),
    /** A sentence. */
    answer: z.string(),
    identities: z.array(expectedIdentity),
    /** The last seen first, at most some dozens. */
    unproved: z.array(unprovedSignature),
    /** Whether the asker may decide. */
    mayDecide: z.boolean(),
  })
  .meta({ id: 'IdentityList' });

export const identityDecision = z
  .strictObject({
    decision: z.enum(['confirm', 'approve', 'drop']),
    /** Needed to approve and to drop. */
    reason: reason.optional(),
  })
  .meta({ id: 'IdentityDecision' });

export const signerKeyWish = z
  .strictObject({
    use: identityUse.default('signature'),
    /** PEM of a public key. */
    publicKey: z.string().min(1).max(limits.publicKeyChars),
    reason,
  })
  .meta({ id: 'SignerKeyWish' });

/** How one image was built, as far as a statement says it. */
export const shownBuild = z
  .object({
    form: z.enum(['slsa-v0.2', 'slsa-v1', 'link']),
    builder: z.string().optional(),
    buildType: z.string().optional(),
    sourceRepository: z.string().optional(),
    sourceRef: z.string().optional(),
    commit: z.string().optional(),
    workflow: z.string().optional(),
    isolation: z.string().optional(),
    finishedAt: z.string().optional(),
    /** `unproved`: signed by somebody whom nothing here proves; `unsigned`: whoever may push may have written it. */
    proof: z.enum(['proved', 'unproved', 'unsigned']),
    /** Of what is proved: who signed it, and what the owner says of them. */
    signer: z
      .object({ who: z.string(), state: z.enum(['proposed', 'confirmed', 'unexpected', 'dropped']) })
      .optional(),
  })
  .meta({ id: 'ShownBuild' });

export const buildChange = z
  .object({
    what: z.string(),
    /** `expected` between two releases; `notable`: who builds, from what, or how, is not what it was. */
    weight: z.enum(['expected', 'notable']),
    before: z.string().optional(),
    after: z.string().optional(),
    sentence: z.string(),
  })
  .meta({ id: 'BuildChange' });

/** One move of a tag. */
export const buildMove = z
  .object({
    before: digest,
    after: digest,
    movedAt: instant,
    /** `same` only where all of it is known. */
    outcome: z.enum(['same', 'changed', 'unknown']),
    answer: z.string(),
    builds: z.array(
      z.object({
        platforms: z.array(z.string()),
        before: shownBuild.optional(),
        after: shownBuild.optional(),
        changes: z.array(buildChange),
        unknowns: z.array(z.string()),
      }),
    ),
  })
  .meta({ id: 'BuildMove' });

export const buildChangesQuery = z.object({
  cursor: z.string().optional().meta({ description: 'The `cursor` of the answer before' }),
  limit: z.coerce.number().int().min(1).max(limits.buildChangesPage).default(limits.buildChangesPage),
});

export const buildChangeList = z
  .object({
    repository: z.string(),
    tag: z.string(),
    /** The last first. */
    moves: z.array(buildMove),
    cursor: z.string().optional(),
  })
  .meta({ id: 'BuildChangeList' });

export type IdentityList = z.infer<typeof identityList>;
export type ExpectedIdentity = z.infer<typeof expectedIdentity>;
export type UnprovedSignature = z.infer<typeof unprovedSignature>;
export type IdentityDecision = z.infer<typeof identityDecision>;
export type BuildMove = z.infer<typeof buildMove>;
export type BuildChangeList = z.infer<typeof buildChangeList>;
export type ShownBuild = z.infer<typeof shownBuild>;
