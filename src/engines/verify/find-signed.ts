// Everything signed that hangs on one digest, wherever signers put it: referrers (Sigstore bundles, what cosign kept
// before them, Notary Project's signatures, BuildKit's attestation manifests) and cosign's tags `sha256-….sig` and
// `.att`. Nothing is judged here. What cannot be read is an unknown, and never left out in silence: cosign passes over
// what it cannot parse, and then says that nothing is there.
import type { NotationMediaType } from '../../formats/notation/envelope.ts';
import { parseSignatureManifest, signatureType } from '../../formats/notation/signature-manifest.ts';
import type { Descriptor } from '../../formats/oci/descriptor.ts';
import { type Digest, digestAlgorithm, digestHex } from '../../formats/oci/digest.ts';
import { type ImageManifest, parseManifest } from '../../formats/oci/manifest.ts';
import { manifestKind, mediaTypes } from '../../formats/oci/media-type.ts';
import { type Bundle, parseBundle } from '../../formats/sigstore/bundle.ts';
import { oldMediaTypes, parseOldSignature } from '../../formats/sigstore/old-signature.ts';
import { revocationPredicateType } from '../../formats/sigstore/revocation-predicate.ts';
import { imageErrors } from '../../io/images/errors.ts';
import type { Unknown } from '../../io/images/files.ts';
import type { ImageSource, RawManifest } from '../../io/images/source.ts';
import { verifiedBytes } from '../../io/images/verify.ts';
import { collectBytes } from '../../kit/bytes.ts';
import { type ErrorKind, isPlimsollError, type PlimsollError } from '../../kit/error.ts';
import { limits } from '../../kit/limits.ts';

/** The repository in which the image is. */
export type SignedPlace = Pick<ImageSource, 'manifest' | 'blob' | 'referrers' | 'readTag'>;

/**
 * What is asked for, where that is not everything. What says by its annotation that it is of another type is not
 * fetched, since whoever could lie in it could leave the statement out as well; nor are Notary Project's signatures.
 */
export interface SignedWish {
  readonly predicateTypes: ReadonlySet<string>;
}

export interface FoundBundle {
  readonly bundle: Bundle;
  /** Digest of the manifest that carries it. */
  readonly digest: Digest;
  readonly via: 'referrer' | 'tag';
}

export interface FoundNotation {
  readonly envelope: Uint8Array;
  readonly mediaType: NotationMediaType;
  /** Digest of the manifest that carries it. */
  readonly digest: Digest;
}

/** What could not be listed or read, so that its absence says nothing. */
export interface Unread {
  readonly unknowns: readonly Unknown[];
  /** Of these, what the place itself failed with: it did not answer, or would not. */
  readonly failures: readonly PlimsollError[];
}

export interface FoundSigned extends Unread {
  readonly subject: Digest;
  /** Of what could not be read, what says that it takes something back, or may; in sentences. */
  readonly doubts: readonly string[];
  readonly bundles: readonly FoundBundle[];
  readonly notation: readonly FoundNotation[];
  /** BuildKit's, in the form that is a referrer. */
  readonly attestationManifests: readonly RawManifest[];
}

/** `Unread` while it is found. */
export interface UnreadList {
  readonly unknowns: Unknown[];
  readonly failures: PlimsollError[];
}

/** What may still be read; one for all that hangs on an image. */
export interface ReadingBudget {
  signatures: number;
  sizeBytes: number;
}

export function createReadingBudget(): ReadingBudget {
  return { signatures: limits.imageSignatures, sizeBytes: limits.imageStatementsBytes };
}

const attestationManifestType = 'application/vnd.docker.attestation.manifest.v1+json';
const BUNDLE = /^application\/vnd\.dev\.sigstore\.bundle[.+]/;

const PREDICATE = Object.freeze([
  'dev.sigstore.bundle.predicateType',
  /** cosign's, on the layers of `.att`. */
  'predicateType',
  /** BuildKit's, on the layers of attestation manifests. */
  'in-toto.io/predicate-type',
]);
const PLACE_FAILURES: ReadonlySet<ErrorKind> = new Set([
  'unavailable',
  'limited',
  'denied',
  'unauthenticated',
]);

interface Reading extends UnreadList {
  readonly place: SignedPlace;
  readonly budget: ReadingBudget;
  readonly wish: SignedWish | undefined;
  readonly bundles: FoundBundle[];
  readonly notation: FoundNotation[];
  readonly attestationManifests: RawManifest[];
}

/** Never throws for what hangs there, or for a registry that does not answer: those are unknowns. */
export async function findSigned(
  place: SignedPlace,
  subject: Digest,
  budget: ReadingBudget = createReadingBudget(),
  wish?: SignedWish,
): Promise<FoundSigned> {
  const reading: Reading = {
    place,
    budget,
    wish,
    bundles: [],
    notation: [],
    attestationManifests: [],
    unknowns: [],
    failures: [],
  };
  const doubts: string[] = [];
  const tag = `${digestAlgorithm(subject)}-${digestHex(subject)}`;
  const [referrers, ...tagged] = await Promise.all([
    attempt(reading, `referrers of ${subject}`, () => place.referrers(subject)),
    // A tag has 128 characters: of a longer digest cosign never made one.
    ...(digestAlgorithm(subject) === 'sha256' ? ['sig', 'att'] : []).map((end) =>
      attempt(reading, `the tag ${tag}.${end}`, async () => place.readTag?.(`${tag}.${end}`)),
    ),
  ]);
  if (referrers === undefined)
    doubts.push(`What hangs on ${subject} could not be listed, and may be what takes it back.`);
  const carriers = (referrers ?? [])
    .filter((one) => mayBeSigned(one) && isAsked(one, wish))
    // Before whatever else somebody hung there to use up what may be read.
    .toSorted((one, other) => Number(saysRevoked(other)) - Number(saysRevoked(one)));
  for (const [at, descriptor] of carriers.entries()) {
    if (isUsedUp(reading, `what hangs on ${subject}`, carriers.length - at)) break;
    const before = reading.unknowns.length;
    await attempt(reading, `what hangs on it by ${descriptor.digest}`, async () => {
      take(budget, 1, 0);
      await readCarrier(reading, await place.manifest(descriptor), 'referrer');
    });
    if (saysRevoked(descriptor) && reading.unknowns.length > before)
      doubts.push(`${descriptor.digest} says that it takes something back, and could not be read.`);
  }
  for (const raw of tagged)
    if (raw !== undefined)
      await attempt(reading, `the signatures of ${raw.descriptor.digest}`, () =>
        readCarrier(reading, raw, 'tag'),
      );
  const { bundles, notation, attestationManifests, unknowns, failures } = reading;
  return { subject, doubts, bundles, notation, attestationManifests, unknowns, failures };
}

/** Whether it is, or may be, of what is asked for. */
export function isAsked(
  { artifactType, annotations = {} }: Pick<Descriptor, 'artifactType' | 'annotations'>,
  wish: SignedWish | undefined,
): boolean {
  if (wish === undefined) return true;
  if (artifactType === signatureType) return false;
  return PREDICATE.every((key) => {
    const said = annotations[key];
    return said === undefined || wish.predicateTypes.has(said);
  });
}

/** By its annotation: a statement that takes something back. */
function saysRevoked({ annotations = {} }: Descriptor): boolean {
  return PREDICATE.some((key) => annotations[key] === revocationPredicateType);
}

/** Lists that clients keep may have no type, or a wrong one (cosign 3.1 wrote that of the empty config). */
function mayBeSigned({ mediaType, artifactType }: Descriptor): boolean {
  if (manifestKind(mediaType) !== 'image') return false;
  if (artifactType === undefined || artifactType === mediaTypes.ociEmpty) return true;
  return (
    BUNDLE.test(artifactType) ||
    artifactType.startsWith('application/vnd.dev.cosign.') ||
    [mediaTypes.ociConfig, signatureType, attestationManifestType, ...Object.values(oldMediaTypes)].includes(
      artifactType,
    )
  );
}

async function readCarrier(reading: Reading, raw: RawManifest, via: FoundBundle['via']): Promise<void> {
  const { digest, mediaType } = raw.descriptor;
  const manifest = parseManifest(raw.bytes, mediaType);
  if (manifest.kind !== 'image') return;
  const type = manifest.artifactType ?? manifest.config.mediaType;
  if (type === signatureType) return readNotation(reading, raw);
  if (type === attestationManifestType) {
    reading.attestationManifests.push(raw);
    return;
  }
  for (const [at, layer] of manifest.layers.entries()) {
    if (isUsedUp(reading, `the signatures in ${digest}`, manifest.layers.length - at)) break;
    await attempt(reading, `the signature ${layer.digest}`, () => readLayer(reading, layer, { digest, via }));
  }
  sayWhereNothing(reading, manifest, digest);
}

/** Said once for all that is left: whoever may push could else make the answer as long as they like. */
function isUsedUp({ budget, unknowns }: Reading, where: string, left: number): boolean {
  if (budget.signatures > 0) return false;
  unknowns.push({ where, why: `${left} more are there than the ${limits.imageSignatures} that are read` });
  return true;
}

/** What calls itself a bundle and holds none would be taken for nothing. */
function sayWhereNothing(
  { unknowns }: Reading,
  { artifactType, layers }: ImageManifest,
  digest: Digest,
): void {
  if (artifactType !== undefined && BUNDLE.test(artifactType) && !layers.some(isSignature))
    unknowns.push({ where: `what hangs on it by ${digest}`, why: 'it calls itself a bundle and holds none' });
}

function isSignature({ mediaType }: Descriptor): boolean {
  return (
    BUNDLE.test(mediaType) ||
    mediaType === oldMediaTypes.simpleSigning ||
    mediaType === oldMediaTypes.envelope
  );
}

async function readLayer(
  reading: Reading,
  layer: Descriptor,
  carrier: Pick<FoundBundle, 'digest' | 'via'>,
): Promise<void> {
  if (!isSignature(layer) || !isAsked(layer, reading.wish)) return;
  const bytes = await readSigned(reading, layer);
  const { mediaType, annotations = {} } = layer;
  const bundles = BUNDLE.test(mediaType)
    ? [parseBundle(bytes)]
    : parseOldSignature({ mediaType, annotations, bytes });
  reading.bundles.push(...bundles.map((bundle) => ({ bundle, ...carrier })));
}

async function readNotation(reading: Reading, raw: RawManifest): Promise<void> {
  const { envelope } = parseSignatureManifest(raw.bytes);
  const bytes = await readSigned(reading, envelope);
  reading.notation.push({ envelope: bytes, mediaType: envelope.mediaType, digest: raw.descriptor.digest });
}

async function readSigned({ place, budget }: Reading, descriptor: Descriptor): Promise<Uint8Array> {
  take(budget, 1, descriptor.sizeBytes);
  return readBlob(place, descriptor);
}

/** A blob whole, digest and size verified; take it from the budget first. */
export async function readBlob(
  place: Pick<SignedPlace, 'blob'>,
  descriptor: Descriptor,
): Promise<Uint8Array> {
  return collectBytes(
    verifiedBytes(await place.blob(descriptor), descriptor),
    descriptor.sizeBytes,
    imageErrors.damaged,
  );
}

/** Lessens the budget, or throws `images.damaged` where it is used up. */
export function take(budget: ReadingBudget, signatures: number, sizeBytes: number): void {
  if (budget.signatures < signatures)
    throw imageErrors.damaged(`more hangs on the image than the ${limits.imageSignatures} that are read`);
  if (budget.sizeBytes < sizeBytes)
    throw imageErrors.damaged(`it has ${sizeBytes} bytes; ${budget.sizeBytes} would still be read`);
  budget.signatures -= signatures;
  budget.sizeBytes -= sizeBytes;
}

/** Coded failures become an unknown; anything else is a defect, or the caller's wish to end. */
export async function attempt<T>(
  { unknowns, failures }: UnreadList,
  where: string,
  work: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (!isPlimsollError(error)) throw error;
    unknowns.push({ where, why: error.message });
    if (PLACE_FAILURES.has(error.kind)) failures.push(error);
    return undefined;
  }
}
