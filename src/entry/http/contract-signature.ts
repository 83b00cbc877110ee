// The contract's shape of what hangs on an image, given as it is to whoever judges it elsewhere; read contract.ts first.
import { z } from 'zod';
import { digest } from './contract.ts';

const bytes = z.string().meta({ contentEncoding: 'base64', description: 'The exact bytes, base64' });

const manifest = z.object({ digest, mediaType: z.string(), bytes });

/** A manifest that hangs on the image, with its layers that may be signatures or statements. */
export const attachedManifest = z
  .object({
    /** A manifest that names the image as its subject, one in the image’s index, or one under cosign’s older tag. */
    via: z.enum(['referrer', 'index', 'tag']),
    /** What it was found under: the server’s word, which the signed bytes must confirm. */
    subject: digest,
    manifest,
    blobs: z.array(z.object({ digest, bytes })),
  })
  .meta({ id: 'AttachedManifest' });

/** Nothing of it is judged here: it is for a verifier that trusts no server. */
export const signatureEvidence = z
  .object({
    repository: z.string(),
    /** What the reference names, which may be an index. */
    root: manifest,
    /** The platform’s own manifest; the root’s where it is no index. */
    imageDigest: digest,
    attached: z.array(attachedManifest),
    /** What could not be given: its absence says nothing. */
    unknowns: z.array(z.object({ where: z.string(), why: z.string() })),
  })
  .meta({ id: 'SignatureEvidence' });

export type AttachedManifest = z.infer<typeof attachedManifest>;
export type SignatureEvidence = z.infer<typeof signatureEvidence>;
