// The manifest by which a bundle hangs on an image, as cosign 3 writes and finds it (cosign, BUNDLE_SPEC.md; OCI
// image-spec 1.1): one manifest for each bundle, the bundle its one layer, the image its subject.
import type { Descriptor } from '../oci/descriptor.ts';
import { digestOf } from '../oci/digest.ts';
import { mediaTypes } from '../oci/media-type.ts';
import { bundleMediaType } from './signed-bundle.ts';

export interface BundleReferrer {
  readonly manifest: Uint8Array;
  /** What must be in the repository before the manifest: the empty config and the bundle. */
  readonly blobs: readonly Uint8Array[];
}

const EMPTY = Buffer.from('{}');

/** `createdAtMs` becomes the annotation; equal parts give an equal manifest. */
export function formatBundleReferrer(parts: {
  readonly subject: Pick<Descriptor, 'mediaType' | 'digest' | 'sizeBytes'>;
  readonly bundle: Uint8Array;
  readonly predicateType: string;
  readonly createdAtMs: number;
}): BundleReferrer {
  const { subject, bundle, predicateType, createdAtMs } = parts;
  const manifest = {
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    artifactType: bundleMediaType,
    config: { mediaType: mediaTypes.ociEmpty, digest: digestOf(EMPTY), size: EMPTY.byteLength },
    layers: [{ mediaType: bundleMediaType, digest: digestOf(bundle), size: bundle.byteLength }],
    subject: { mediaType: subject.mediaType, digest: subject.digest, size: subject.sizeBytes },
    annotations: {
      'dev.sigstore.bundle.content': 'dsse-envelope',
      'dev.sigstore.bundle.predicateType': predicateType,
      'org.opencontainers.image.created': new Date(createdAtMs).toISOString().replace(/\.\d{3}Z$/, 'Z'),
    },
  };
  return { manifest: Buffer.from(JSON.stringify(manifest)), blobs: [EMPTY, bundle] };
}
