// Bundles that hang on an image in a place of memory, as cosign and Plimsoll push them.
import type { Descriptor } from '../../formats/oci/descriptor.ts';
import { type Digest, digestOf } from '../../formats/oci/digest.ts';
import { mediaTypes } from '../../formats/oci/media-type.ts';
import { formatBundleReferrer } from '../../formats/sigstore/bundle-referrer.ts';
import type { MemoryPlace } from '../../io/images/memory.ts';

export function descriptorOf(
  bytes: Uint8Array | string,
  mediaType: string = mediaTypes.ociManifest,
): Descriptor {
  return { mediaType, digest: digestOf(bytes), sizeBytes: Buffer.byteLength(bytes) };
}

/** `predicateType`: as its annotation says it; of the bundle's own statement where absent. */
export function pushBundle(
  place: MemoryPlace,
  subject: Digest,
  bundle: object,
  predicateType?: string,
): void {
  const { dsseEnvelope: envelope } = bundle as { readonly dsseEnvelope?: { readonly payload: string } };
  const own = envelope && JSON.parse(Buffer.from(envelope.payload, 'base64').toString()).predicateType;
  const { manifest, blobs } = formatBundleReferrer({
    subject: { mediaType: mediaTypes.ociManifest, digest: subject, sizeBytes: 2 },
    bundle: Buffer.from(JSON.stringify(bundle)),
    predicateType: predicateType ?? own ?? 'https://sigstore.dev/cosign/sign/v1',
    createdAtMs: 0,
  });
  for (const blob of blobs) place.blobs.set(digestOf(blob), blob);
  place.manifests.set(digestOf(manifest), { descriptor: descriptorOf(manifest), bytes: manifest });
}
