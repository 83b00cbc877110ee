// What hangs on an image, byte for byte, for somebody who judges it elsewhere: manifests that refer to it (OCI 1.1),
// attestation manifests of its index with what refers to them, cosign's older tags. Nothing is judged here, and what
// could not be given stands among the unknowns, so that its absence says nothing.
import type { Descriptor } from '../../formats/oci/descriptor.ts';
import type { Digest } from '../../formats/oci/digest.ts';
import { parseManifest } from '../../formats/oci/manifest.ts';
import { manifestKind } from '../../formats/oci/media-type.ts';
import { imageErrors } from '../../io/images/errors.ts';
import type { ImageSource, RawManifest } from '../../io/images/source.ts';
import { verifiedBytes } from '../../io/images/verify.ts';
import { collectBytes } from '../../kit/bytes.ts';
import { isPlimsollError } from '../../kit/error.ts';
import { limits } from '../../kit/limits.ts';
import type { Grant } from '../hub/access.ts';
import { createStoredImageSource } from './image-source.ts';
import type { RegistryStores } from './stores.ts';

export interface AttachedManifest {
  readonly via: 'referrer' | 'index' | 'tag';
  /** What it was found under. That it is about this is for its reader to check. */
  readonly subject: Digest;
  readonly manifest: RawManifest;
  /** Layers that may be signatures or statements. */
  readonly blobs: readonly { readonly digest: Digest; readonly bytes: Uint8Array }[];
}

export interface AttachedList {
  /** What was asked for, in its own bytes: the index or the image. */
  readonly root: RawManifest;
  /** Of the root, then of the image, then of its attestation manifests; each manifest once. */
  readonly attached: readonly AttachedManifest[];
  readonly unknowns: readonly { readonly where: string; readonly why: string }[];
}

export interface Attached {
  /** `image` is the root itself, or the platform's within it. `images.missing` where the root is not there. */
  read(grant: Grant<'pull'>, root: Digest, image: Digest): Promise<AttachedList>;
}

/** cosign's tags of before bundles: signatures, statements. */
const OLD_TAGS = ['sig', 'att'] as const;

export function createAttached(stores: Pick<RegistryStores, 'database' | 'blobs'>): Attached {
  return {
    async read(grant, digest, image) {
      const source = createStoredImageSource(stores, grant.repository, { digest });
      const root = await source.root();
      const reading: Reading = {
        source,
        found: new Map(),
        unknowns: [],
        left: { manifests: limits.imageStatements, sizeBytes: limits.pageEvidenceBytes },
      };
      const subjects = [...new Set([digest, image])];
      for (const subject of subjects) await readReferrers(reading, subject);
      for (const child of listAttestations(root, image)) {
        await take(reading, 'index', image, () => source.manifest(child));
        await readReferrers(reading, child.digest);
      }
      for (const subject of subjects)
        for (const kind of OLD_TAGS) {
          const tag = `${subject.replace(':', '-')}.${kind}`;
          await take(reading, 'tag', subject, () =>
            createStoredImageSource(stores, grant.repository, { tag }).root(),
          );
        }
      return { root, attached: [...reading.found.values()], unknowns: reading.unknowns };
    },
  };
}

interface Reading {
  readonly source: ImageSource;
  readonly found: Map<Digest, AttachedManifest>;
  readonly unknowns: { where: string; why: string }[];
  readonly left: { manifests: number; sizeBytes: number };
}

async function readReferrers(reading: Reading, subject: Digest): Promise<void> {
  for (const descriptor of await reading.source.referrers(subject))
    await take(reading, 'referrer', subject, () => reading.source.manifest(descriptor));
}

/** Adds one, unless there is none or there is no room left for it. */
async function take(
  reading: Reading,
  via: AttachedManifest['via'],
  subject: Digest,
  open: () => Promise<RawManifest>,
): Promise<void> {
  const { found, unknowns, left } = reading;
  let where = `what hangs on ${subject}`;
  try {
    const manifest = await open().catch((error: unknown) => {
      // Most images have none of the older tags.
      if (via === 'tag' && isPlimsollError(error, { code: imageErrors.missing.code })) return undefined;
      throw error;
    });
    if (manifest === undefined) return;
    const { digest } = manifest.descriptor;
    if (found.has(digest)) return;
    where = digest;
    left.manifests -= 1;
    left.sizeBytes -= manifest.bytes.byteLength;
    if (left.manifests < 0 || left.sizeBytes < 0)
      throw imageErrors.damaged(
        `more hangs on the image than the ${limits.imageStatements} manifests and ${limits.pageEvidenceBytes} bytes that are given at once`,
      );
    found.set(digest, { via, subject, manifest, blobs: [] });
    found.set(digest, { via, subject, manifest, blobs: await readBlobs(reading, manifest) });
  } catch (error) {
    if (!isPlimsollError(error)) throw error;
    unknowns.push({ where, why: error.message });
  }
}

async function readBlobs(
  { source, unknowns, left }: Reading,
  { bytes, descriptor }: RawManifest,
): Promise<AttachedManifest['blobs']> {
  const manifest = parseManifest(bytes, descriptor.mediaType);
  const blobs: { digest: Digest; bytes: Uint8Array }[] = [];
  for (const layer of manifest.kind === 'image' ? manifest.layers.filter(isEvidence) : []) {
    try {
      if (layer.sizeBytes > left.sizeBytes)
        throw imageErrors.damaged(
          `it has ${layer.sizeBytes} bytes; of the ${limits.pageEvidenceBytes} that are given at once ${left.sizeBytes} were left`,
        );
      left.sizeBytes -= layer.sizeBytes;
      const stream = verifiedBytes(await source.blob(layer), layer);
      blobs.push({
        digest: layer.digest,
        bytes: await collectBytes(stream, layer.sizeBytes, imageErrors.damaged),
      });
    } catch (error) {
      if (!isPlimsollError(error)) throw error;
      unknowns.push({ where: layer.digest, why: error.message });
    }
  }
  return blobs;
}

/** Bundles, statements, envelopes (Notary Project's too) and cosign's signed payloads; an inventory that nobody signed is not read. */
function isEvidence({ mediaType }: Descriptor): boolean {
  return /^application\/(?:vnd\.(?:dev\.sigstore\.bundle[.+]|in-toto[.+]|dsse\.envelope\.|dev\.cosign\.simplesigning\.)|jose\+json$|cose$)/.test(
    mediaType,
  );
}

/** BuildKit's (moby/buildkit docs/attestations/attestation-storage.md). */
function listAttestations({ bytes, descriptor }: RawManifest, image: Digest): readonly Descriptor[] {
  if (manifestKind(descriptor.mediaType) !== 'index') return [];
  const index = parseManifest(bytes, descriptor.mediaType);
  return (index.kind === 'index' ? index.manifests : []).filter(
    ({ mediaType, annotations }) =>
      manifestKind(mediaType) === 'image' &&
      annotations?.['vnd.docker.reference.type'] === 'attestation-manifest' &&
      annotations['vnd.docker.reference.digest'] === image,
  );
}
