// All that can prove something about one image: what hangs on the digest that the reference names, where that is an
// index on the image chosen of it, and on the manifests in which a builder left its statements. The reference is
// resolved once: whatever a tag does meanwhile, everything is about the digest that was read first.
import type { Digest } from '../../formats/oci/digest.ts';
import { parseManifest } from '../../formats/oci/manifest.ts';
import { manifestKind } from '../../formats/oci/media-type.ts';
import { formatPlatform, type Platform } from '../../formats/oci/platform.ts';
import type { Unknown } from '../../io/images/files.ts';
import { chooseImage } from '../../io/images/platform-choice.ts';
import type { ImageSource, RawManifest } from '../../io/images/source.ts';
import { isPlimsollError } from '../../kit/error.ts';
import { listAttestationManifests } from '../attest/attestation-manifest.ts';
import type { AttestedManifest } from './attested.ts';
import {
  attempt,
  createReadingBudget,
  type FoundBundle,
  type FoundSigned,
  findSigned,
  isAsked,
  type ReadingBudget,
  readBlob,
  type SignedPlace,
  type SignedWish,
  take,
  type UnreadList,
} from './find-signed.ts';

export interface ImageEvidence {
  /** What the reference names. */
  readonly root: RawManifest;
  readonly signed: FoundSigned;
  /** Of an index: the image that was chosen. */
  readonly platform?: {
    /** `linux/amd64`; absent where the index does not say. */
    readonly name?: string;
    readonly image: RawManifest;
    readonly signed: FoundSigned;
  };
  readonly attested: readonly FoundAttested[];
  readonly unknowns: readonly Unknown[];
}

export interface FoundAttested extends Omit<AttestedManifest, 'bundles'> {
  readonly bundles: readonly FoundBundle[];
}

export interface EvidenceWish {
  readonly platform?: Platform;
  /** Which image of an index is meant where no platform is named. */
  readonly machine: Platform;
}

const IN_TOTO = 'application/vnd.in-toto+json';

/**
 * Throws what reading the reference throws, and `oci.platform_missing` for a platform that was named and is not
 * there. Of what hangs on the image nothing throws: that is in `unknowns`.
 */
export async function readImageEvidence(place: ImageSource, wish: EvidenceWish): Promise<ImageEvidence> {
  const root = await place.root();
  const { digest } = root.descriptor;
  const budget = createReadingBudget();
  const unread: UnreadList = { unknowns: [], failures: [] };
  const { unknowns } = unread;
  const [signed, chosen] = await Promise.all([
    findSigned(place, digest, budget),
    choosePlatform(place, root, wish, unknowns),
  ]);
  const platform =
    chosen === undefined
      ? undefined
      : { ...chosen, signed: await findSigned(place, chosen.image.descriptor.digest, budget) };
  const image = platform?.image.descriptor.digest ?? digest;
  const referred = (platform?.signed ?? signed).attestationManifests;
  const attested = await readAttested({ ...unread, place, budget, wish: undefined }, root, image, referred);
  unknowns.unshift(...signed.unknowns, ...(platform?.signed.unknowns ?? []));
  return { root, signed, ...(platform === undefined ? {} : { platform }), attested, unknowns };
}

async function choosePlatform(
  source: ImageSource,
  root: RawManifest,
  { platform, machine }: EvidenceWish,
  unknowns: Unknown[],
): Promise<{ readonly name?: string; readonly image: RawManifest } | undefined> {
  const isIndex = manifestKind(root.descriptor.mediaType) === 'index';
  if (!isIndex && platform === undefined) return undefined;
  try {
    // What was read first is what counts: the tag is not asked again.
    const fixed: ImageSource = { ...source, root: async () => root };
    const chosen = await chooseImage(fixed, platform, machine);
    if (!isIndex) return undefined;
    return {
      image: chosen.image,
      ...(chosen.platform === undefined ? {} : { name: formatPlatform(chosen.platform) }),
    };
  } catch (error) {
    if (!isPlimsollError(error) || platform !== undefined) throw error;
    unknowns.push({ where: `the image of ${formatPlatform(machine)}`, why: error.message });
    return undefined;
  }
}

export interface AttestedReading extends UnreadList {
  readonly place: SignedPlace;
  readonly budget: ReadingBudget;
  readonly wish: SignedWish | undefined;
}

/** Manifests of statements in the index or as referrers, with the statements and what signs their digests. */
export async function readAttested(
  reading: AttestedReading,
  root: RawManifest,
  image: Digest,
  referred: readonly RawManifest[],
): Promise<readonly FoundAttested[]> {
  const { place, budget, wish, unknowns } = reading;
  const manifests = new Map(referred.map((raw) => [raw.descriptor.digest, raw]));
  const listed =
    (await attempt(reading, 'the index', () => listAttestationManifests(place, root, image))) ?? [];
  for (const [at, descriptor] of listed.entries()) {
    if (budget.signatures <= 0) {
      unknowns.push({
        where: 'the index',
        why: `${listed.length - at} of its attestation manifests are not read`,
      });
      break;
    }
    await attempt(reading, `the attestation manifest ${descriptor.digest}`, async () => {
      if (manifests.has(descriptor.digest)) return;
      take(budget, 1, 0);
      manifests.set(descriptor.digest, await place.manifest(descriptor));
    });
  }
  const found: FoundAttested[] = [];
  for (const { descriptor, bytes } of manifests.values()) {
    const { digest, mediaType } = descriptor;
    const statements = await attempt(reading, `the attestation manifest ${digest}`, () =>
      readStatements(reading, bytes, mediaType),
    );
    // Whatever signs a manifest without a statement that is asked for proves nothing that is asked for.
    if (statements === undefined || (wish !== undefined && statements.length === 0)) continue;
    const signed = await findSigned(place, digest, budget, wish);
    unknowns.push(...signed.unknowns);
    reading.failures.push(...signed.failures);
    found.push({ manifest: { digest, mediaType, bytes }, statements, bundles: signed.bundles, image });
  }
  return found;
}

async function readStatements(
  { place, budget, wish }: AttestedReading,
  bytes: Uint8Array,
  mediaType: string,
): Promise<readonly Uint8Array[]> {
  const manifest = parseManifest(bytes, mediaType);
  const statements: Uint8Array[] = [];
  for (const layer of manifest.kind === 'image' ? manifest.layers : []) {
    if (layer.mediaType !== IN_TOTO || !isAsked(layer, wish)) continue;
    take(budget, 1, layer.sizeBytes);
    statements.push(await readBlob(place, layer));
  }
  return statements;
}
