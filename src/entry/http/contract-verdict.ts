// The contract's shapes of verdicts on images and of the marks that sign them; read contract.ts first. A gate asks
// for verdicts: what is not known is `unknown`, in the result as in each reason, and never a pass.
import { z } from 'zod';
import { limits } from '../../kit/limits.ts';
import { digest, instant, outcome } from './contract.ts';

/** NAME:TAG, NAME@DIGEST, or NAME:TAG@DIGEST, in which the tag does not count; without the server's host. */
const imageName = z.string().min(1).max(limits.verdictImageChars);

export const verdictQuery = z.object({ image: imageName });

export const verdictWish = z
  .strictObject({ images: z.array(imageName).min(1).max(limits.verdictImages) })
  .meta({ id: 'VerdictWish' });

/** Why the result is what it is, and nothing of rules that are met. */
export const verdictReason = z
  .object({
    /** The policy's rule; or `revoked`, `not-judged`, `not-whole`, `not-found`. */
    rule: z.string(),
    outcome,
    /** `linux/amd64`, where the reason is of one image of an index. */
    platform: z.string().optional(),
    /** For people. */
    sentence: z.string(),
    /** What would mend it; absent where nothing is known that would. */
    fix: z.string().optional(),
  })
  .meta({ id: 'VerdictReason' });

/** What was taken back, and why. */
export const revoked = z
  .object({
    at: instant,
    why: z.string(),
    by: z.string(),
    /** Whether the digest is revoked in every repository, and not in this one alone. */
    isEverywhere: z.boolean(),
  })
  .meta({ id: 'Revoked' });

/** One verdict under one policy, signed. */
export const mark = z
  .object({
    /** Of the policy that was asked. */
    policy: z.object({ name: z.string(), digest: z.string().regex(/^sha256:[0-9a-f]{64}$/) }),
    /** PASSED only where every rule is met and nothing is unknown. */
    result: z.enum(['PASSED', 'FAILED']),
    outcome,
    /** The answer in a sentence. */
    answer: z.string(),
    at: instant,
    /** Why it was made then: `the first verdict`, `the verdict is another one`. */
    because: z.string(),
    /** The identity that signed. */
    signer: z.string(),
    /** The manifest that holds the signed statement; gone where the mark has ended. */
    manifestDigest: digest,
    /** When another took its place; absent: it stands. */
    endedAt: instant.optional(),
  })
  .meta({ id: 'Mark' });

/** The last first; the one that stands, if any, is the first. */
export const markList = z
  .object({ repository: z.string(), digest, marks: z.array(mark), revoked: revoked.optional() })
  .meta({ id: 'MarkList' });

export const imageVerdict = z
  .object({
    /** As it was asked for. */
    image: z.string(),
    repository: z.string(),
    /** Absent: there is no such image, or it is not for the asker to see; the result is `unknown` then, never `pass`. */
    digest: digest.optional(),
    /** `pass`: every rule is met, nothing is unknown, nobody has revoked it. */
    result: outcome,
    /** Of the policy in force. */
    policy: z.object({ name: z.string(), digest: z.string().regex(/^sha256:[0-9a-f]{64}$/) }),
    /** None for a pass; at most `limits.verdictReasons`, failures first. */
    reasons: z.array(verdictReason),
    /** The mark that says so; absent where none stands, or where it says something else by now. */
    mark: mark.optional(),
    revoked: revoked.optional(),
  })
  .meta({ id: 'ImageVerdict' });

/** In the order in which they were asked for. */
export const verdictList = z.object({ verdicts: z.array(imageVerdict) }).meta({ id: 'VerdictList' });

/** The policy in force, as its digest in marks is made: SHA-256 of `text`. */
export const policyInForce = z
  .object({ name: z.string(), digest: z.string(), text: z.string() })
  .meta({ id: 'PolicyInForce' });

export type VerdictReason = z.infer<typeof verdictReason>;
export type Revoked = z.infer<typeof revoked>;
export type Mark = z.infer<typeof mark>;
export type MarkList = z.infer<typeof markList>;
export type ImageVerdict = z.infer<typeof imageVerdict>;
export type VerdictList = z.infer<typeof verdictList>;
