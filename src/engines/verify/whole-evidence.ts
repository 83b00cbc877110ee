// All that can prove something about everything that a digest stands for: of an index each image, since nobody knows
// which of them a machine will take. For gates; who runs one image asks image-evidence.ts.
import type { Digest } from '../../formats/oci/digest.ts';
import { manifestKind } from '../../formats/oci/media-type.ts';
import type { ImageSource, RawManifest } from '../../io/images/source.ts';
import { limits } from '../../kit/limits.ts';
import { attempt, type FoundSigned, findSigned, type Unread, type UnreadList } from './find-signed.ts';
import { type AttestedReading, type FoundAttested, readAttested } from './image-evidence.ts';
import { listRunnableImages } from './runnable-images.ts';

/** One image that an index lists, or the root where it is an image itself. */
export interface ListedImage {
  readonly digest: Digest;
  readonly signed: FoundSigned;
  readonly attested: readonly FoundAttested[];
}

/** What could not be read of the root's own is not told again. */
export interface WholeEvidence extends Unread {
  /** Each once; none where the root is an index of no image that runs. */
  readonly images: readonly ListedImage[];
}

export interface WholeReading extends Omit<AttestedReading, keyof UnreadList> {
  readonly place: ImageSource;
}

/** `signed` is what was found on the digest of the place's root. Throws what reading that manifest throws. */
export async function readWholeEvidence(whole: WholeReading, signed: FoundSigned): Promise<WholeEvidence> {
  const root = await whole.place.root();
  const reading: AttestedReading = { ...whole, unknowns: [], failures: [] };
  const digests = await listDigests(reading, root);
  const images: ListedImage[] = [];
  for (let at = 0; at < digests.length; at += limits.gateLookups) {
    const some = digests.slice(at, at + limits.gateLookups);
    images.push(...(await Promise.all(some.map((digest) => readImage(reading, root, signed, digest)))));
  }
  return { images, unknowns: reading.unknowns, failures: reading.failures };
}

async function listDigests(reading: AttestedReading, root: RawManifest): Promise<readonly Digest[]> {
  const { digest, mediaType } = root.descriptor;
  if (manifestKind(mediaType) !== 'index') return [digest];
  return (await attempt(reading, 'the index', () => listRunnableImages(reading, root))) ?? [];
}

async function readImage(
  reading: AttestedReading,
  root: RawManifest,
  signed: FoundSigned,
  digest: Digest,
): Promise<ListedImage> {
  const isRoot = digest === signed.subject;
  const own = isRoot ? signed : await findSigned(reading.place, digest, reading.budget, reading.wish);
  if (!isRoot) {
    reading.unknowns.push(...own.unknowns);
    reading.failures.push(...own.failures);
  }
  const attested = await readAttested(reading, root, digest, own.attestationManifests);
  return { digest, signed: own, attested };
}
