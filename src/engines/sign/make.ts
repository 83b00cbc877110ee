// One act of signing: every signature that is wanted of an image, in every form that is wanted, made and verified in
// memory. Nothing is written here, so that a failure in the middle leaves the image as it was.

import type { Digest } from '../../formats/oci/digest.ts';
import { oldTagOf } from '../../formats/sigstore/old-manifest.ts';
import type { OldSignatureLayer } from '../../formats/sigstore/old-signature.ts';
import { type Artifact, describeArtifact } from '../../io/images/artifact.ts';
import type { JsonObject } from '../../kit/json.ts';
import type { Verification } from '../verify/verify-bundle.ts';
import { sealOldAttestation, sealOldSignature } from './old-form.ts';
import { type ImageSigner, sealFor } from './seal.ts';
import { claimOf, signatureOf, type TagName, tagBindingOf } from './statement.ts';
import type { SignSubject } from './subject.ts';

/** What is to be signed of the subjects, the first of which is the one that the name leads to. */
export interface SignPlan {
  readonly subjects: readonly [SignSubject, ...SignSubject[]];
  /** A statement about each subject in place of a signature. */
  readonly claim?: { readonly predicateType: string; readonly predicate: JsonObject };
  /** That this tag means the first subject. */
  readonly tag?: TagName;
  /** `HOST/REPOSITORY`: the old form too, for this name. */
  readonly oldName?: string;
  readonly notation?: NotationSigner;
}

/** As much of a Notary Project's signature as is written and told. */
export interface NotarySignature {
  readonly envelope: Uint8Array;
  readonly manifest: Uint8Array;
  /** For people. */
  readonly signer: string;
  /** When it ends without a stamp. Epoch milliseconds, as the stamp's. */
  readonly endsAtMs: number;
  readonly stamp?: { readonly latestMs: number; readonly authority: string };
}

/** Makes the Notary Project's signature of one manifest; what `signNotation` throws. */
export type NotationSigner = (
  descriptor: SignSubject['descriptor'],
  nowMs: number,
) => Promise<NotarySignature>;

export type Made =
  | {
      readonly kind: 'bundle';
      readonly subject: SignSubject;
      readonly predicateType: string;
      readonly artifact: Artifact;
      readonly verification: Verification;
    }
  | {
      readonly kind: 'old';
      readonly subject: SignSubject;
      readonly tag: string;
      readonly layer: OldSignatureLayer;
    }
  | {
      readonly kind: 'notation';
      readonly subject: SignSubject;
      readonly artifact: Artifact;
      readonly signature: NotarySignature;
    };

/** Subjects under way at once: each asks the services some questions. */
const CONCURRENCY = 8;
const EMPTY_CONFIG = Buffer.from('{}');

/**
 * All of it, by subject in their order. `sign.unsound`, the `notation.*` codes, `authority.key_unsuitable`, and what
 * the keys and the services throw.
 */
export async function makeSignatures(plan: SignPlan, signer: ImageSigner): Promise<readonly Made[]> {
  const made = new Map<Digest, readonly Made[]>();
  const queue = plan.subjects.values();
  await Promise.all(
    Array.from({ length: CONCURRENCY }, async () => {
      for (const subject of queue) made.set(subject.descriptor.digest, await makeFor(subject, plan, signer));
    }),
  );
  return plan.subjects.flatMap(({ descriptor }) => made.get(descriptor.digest) ?? []);
}

async function makeFor(subject: SignSubject, plan: SignPlan, signer: ImageSigner): Promise<readonly Made[]> {
  const { claim, tag, notation } = plan;
  const { digest } = subject.descriptor;
  const isFirst = subject === plan.subjects[0];
  const statements = [
    claim === undefined ? signatureOf(digest) : claimOf(digest, claim.predicateType, claim.predicate),
    ...(tag === undefined || !isFirst ? [] : [tagBindingOf(digest, tag)]),
  ];
  // First: whatever refuses it does so before a log has an entry of this subject.
  const notary =
    notation === undefined || subject.kind === 'attestation'
      ? []
      : [await makeNotation(subject, notation, signer.clock.now())];
  const sealed = await Promise.all(
    statements.map(async (statement) => {
      const { predicateType } = statement;
      return { predicateType, ...(await sealFor(subject.descriptor, statement, signer)) };
    }),
  );
  return [
    ...sealed.map(
      ({ predicateType, artifact, verification }): Made => ({
        kind: 'bundle',
        subject,
        predicateType,
        artifact,
        verification,
      }),
    ),
    ...(await makeOld(subject, plan, signer, sealed[0] as (typeof sealed)[0])),
    ...notary,
  ];
}

async function makeOld(
  subject: SignSubject,
  { claim, oldName }: SignPlan,
  signer: ImageSigner,
  sealed: Parameters<typeof sealOldAttestation>[1],
): Promise<readonly Made[]> {
  if (oldName === undefined) return [];
  const { digest } = subject.descriptor;
  const layer =
    claim === undefined
      ? await sealOldSignature(digest, oldName, signer)
      : await sealOldAttestation(digest, sealed, signer);
  return [{ kind: 'old', subject, tag: oldTagOf(digest, claim === undefined ? 'sig' : 'att'), layer }];
}

async function makeNotation(subject: SignSubject, sign: NotationSigner, nowMs: number): Promise<Made> {
  const signature = await sign(subject.descriptor, nowMs);
  const artifact = describeArtifact(signature.manifest, [EMPTY_CONFIG, signature.envelope]);
  return { kind: 'notation', subject, artifact, signature };
}
