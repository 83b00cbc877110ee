// One tag signed anew: a signature of the digest, a statement that the tag means it, and the old evidence. What the
// same signer wrote there before is left alone. Every manifest is looked at by its digest: whatever the tag does
// meanwhile, nothing else is signed.
import { isStatedBy, notaryEvidenceType } from '../../../../engines/dct/evidence-statement.ts';
import type { ResignStep } from '../../../../engines/dct/resign-plan.ts';
import { makeSignatures } from '../../../../engines/sign/make.ts';
import type { ImageSigner } from '../../../../engines/sign/seal.ts';
import { listSignedBefore } from '../../../../engines/sign/signed-before.ts';
import { signatureOf, tagBindingOf } from '../../../../engines/sign/statement.ts';
import { listSubjects } from '../../../../engines/sign/subject.ts';
import { writeSignatures } from '../../../../engines/sign/write.ts';
import { findSigned } from '../../../../engines/verify/find-signed.ts';
import type { RegistryReference } from '../../../../formats/oci/reference.ts';
import { parseCertificate } from '../../../../formats/x509/certificate.ts';
import { isPlimsollError } from '../../../../kit/error.ts';
import type { JsonObject } from '../../../../kit/json.ts';
import type { CommandInput } from '../../command.ts';
import type { Vouchers } from '../../signing/services.ts';
import { nameKey, openSigner } from '../../signing/signer.ts';
import type { CliWorld } from '../../world.ts';

type Refused = Extract<ResignStep, { kind: 'refused' }>;

export interface WrittenStatement {
  readonly predicateType: string;
  /** Digest of the manifest that carries it. */
  readonly manifest: string;
}

export interface TagWork {
  readonly place: RegistryReference;
  readonly evidence: Extract<ResignStep, { kind: 'sign' }>['evidence'];
  /** Of the statement of the evidence. */
  readonly predicate: JsonObject;
  readonly signer: ImageSigner;
}

interface Wanted {
  readonly predicateType: string;
  readonly predicate: JsonObject;
  /** Whether a statement that is there says it already. */
  readonly isSaidBy: (there: JsonObject) => boolean;
}

/** None written where all of it was there. What reading, the signer and writing throw. */
export async function signTag(
  world: CliWorld,
  { place, evidence, predicate, signer }: TagWork,
): Promise<Refused | { readonly kind: 'signed'; readonly written: readonly WrittenStatement[] }> {
  const { tag, digest } = evidence;
  const refuse = (refusal: Refused['refusal'], why: string): Refused => ({
    kind: 'refused',
    tag,
    refusal,
    why,
    evidence,
  });
  const reference = { ...place, digest };
  await using source = await world.openSource(reference);
  const subject = await listSubjects(source, { isRootAlone: true }).catch((error: unknown) => {
    // One image that is held back, or revoked, keeps no other from being signed.
    if (isPlimsollError(error)) return error;
    throw error;
  });
  if (isPlimsollError(subject))
    return subject.kind === 'missing'
      ? refuse('gone', 'the registry has not what was signed')
      : refuse('not-told', subject.message);
  const { sizeBytes } = subject[0].descriptor;
  if (sizeBytes !== evidence.sizeBytes)
    return refuse('length', `it has ${sizeBytes} bytes, and ${evidence.sizeBytes} were signed`);
  const bundles = (await findSigned(source, digest)).bundles.map(({ bundle }) => bundle);
  const name = `${place.host}/${place.repository}`;
  const isSaid = ({ predicateType, isSaidBy }: Wanted): boolean =>
    listSignedBefore(bundles, digest, predicateType, signer).some((one) => isSaidBy(one.predicate));
  const missing = listWanted(name, evidence, predicate).filter((one) => !isSaid(one));
  const made = (
    await Promise.all(missing.map((claim) => makeSignatures({ subjects: subject, claim }, signer)))
  ).flat();
  world.signal.throwIfAborted();
  await using target = await world.openTarget(reference);
  await writeSignatures(made, target);
  return {
    kind: 'signed',
    written: made.flatMap((one) =>
      one.kind === 'bundle'
        ? [{ predicateType: one.predicateType, manifest: one.artifact.manifest.descriptor.digest }]
        : [],
    ),
  };
}

function listWanted(
  name: string,
  { tag, digest }: TagWork['evidence'],
  predicate: JsonObject,
): readonly Wanted[] {
  const signature = signatureOf(digest);
  const binding = tagBindingOf(digest, { name, tag });
  return [
    {
      predicateType: signature.predicateType,
      predicate: signature.predicate,
      isSaidBy: () => true,
    },
    {
      predicateType: binding.predicateType,
      predicate: binding.predicate,
      isSaidBy: (there) => there.name === name && there.tag === tag && there.digest === digest,
    },
    {
      predicateType: notaryEvidenceType,
      predicate,
      isSaidBy: (there) => isStatedBy(there, predicate),
    },
  ];
}

/** A certificate lives for minutes, and a repository may have thousands of tags. */
const LEFT_MS = 60_000;

export interface SignerShift {
  /** The signer, with a new certificate where the last one is about to end. */
  signer(): Promise<ImageSigner>;
}

export function createSignerShift(world: CliWorld, input: CommandInput, vouchers: Vouchers): SignerShift {
  const key = nameKey(world, input);
  let last: ImageSigner | undefined;
  return {
    async signer() {
      if (last === undefined || isEnding(last)) last = await openSigner(world, input, vouchers, key);
      return last;
    },
  };
}

function isEnding({ certificate, clock }: ImageSigner): boolean {
  return certificate !== undefined && parseCertificate(certificate).endsAt.getTime() - clock.now() < LEFT_MS;
}
