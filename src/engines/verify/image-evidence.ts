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
  createReadingBudget,
  type FoundBundle,
  type FoundSigned,
  findSigned,
  type ReadingBudget,
  readBlob,
  type SignedPlace,
  take,
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

export interface EvidencePlace extends SignedPlace {
  readonly source: ImageSource;
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
export async function readImageEvidence(place: EvidencePlace, wish: EvidenceWish): Promise<ImageEvidence> {
  const root = await place.source.root();
  const { digest } = root.descriptor;
  const budget = createReadingBudget();
  const unknowns: Unknown[] = [];
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
  const attested = await readAttested({ place, budget, unknowns }, root, image, referred);
  unknowns.unshift(...signed.unknowns, ...(platform?.signed.unknowns ?? []));
  return { root, signed, ...(platform === undefined ? {} : { platform }), attested, unknowns };
}

async function choosePlatform(
  { source }: EvidencePlace,
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

interface Reading {
  readonly place: EvidencePlace;
  readonly budget: ReadingBudget;
  readonly unknowns: Unknown[];
}

/** Manifests of statements in the index or as referrers, with the statements and what signs their digests. */
async function readAttested(
  reading: Reading,
  root: RawManifest,
  image: Digest,
  referred: readonly RawManifest[],
): Promise<readonly FoundAttested[]> {
  const { place, budget, unknowns } = reading;
  const manifests = new Map(referred.map((raw) => [raw.descriptor.digest, raw]));
  const listed =
    (await attempt(unknowns, 'the index', () => listAttestationManifests(place.source, root, image))) ?? [];
  for (const [at, descriptor] of listed.entries()) {
    if (budget.signatures <= 0) {
      unknowns.push({
        where: 'the index',
        why: `${listed.length - at} of its attestation manifests are not read`,
      });
      break;
    }
    await attempt(unknowns, `the attestation manifest ${descriptor.digest}`, async () => {
      if (manifests.has(descriptor.digest)) return;
      take(budget, 1, 0);
      manifests.set(descriptor.digest, await place.source.manifest(descriptor));
    });
  }
  const found: FoundAttested[] = [];
  for (const { descriptor, bytes } of manifests.values()) {
    const { digest, mediaType } = descriptor;
    const statements = await attempt(unknowns, `the attestation manifest ${digest}`, () =>
      readStatements(reading, bytes, mediaType),
    );
    if (statements === undefined) continue;
    const signed = await findSigned(place, digest, budget);
    unknowns.push(...signed.unknowns);
    found.push({ manifest: { digest, mediaType, bytes }, statements, bundles: signed.bundles, image });
  }
  return found;
}

async function readStatements(
  { place, budget }: Reading,
  bytes: Uint8Array,
  mediaType: string,
): Promise<readonly Uint8Array[]> {
  const manifest = parseManifest(bytes, mediaType);
  const statements: Uint8Array[] = [];
  for (const layer of manifest.kind === 'image' ? manifest.layers : []) {
    if (layer.mediaType !== IN_TOTO) continue;
    take(budget, 1, layer.sizeBytes);
    statements.push(await readBlob(place, layer));
  }
  return statements;
}

/** Coded failures become an unknown; anything else is a defect, or the caller's wish to end. */
async function attempt<T>(
  unknowns: Unknown[],
  where: string,
  work: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (!isPlimsollError(error)) throw error;
    unknowns.push({ where, why: error.message });
    return undefined;
  }
}
