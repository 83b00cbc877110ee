// An archive of trust data as an OCI artifact (image-spec manifest.md, "Guidelines for Artifact Usage"): the role files
// as layers, byte for byte, and what the archive says of itself as the config. Equal archives have equal digests.
import type { Descriptor } from '../oci/descriptor.ts';
import { formatDescriptor } from '../oci/descriptor.ts';
import { digestOf } from '../oci/digest.ts';
import { mediaTypes } from '../oci/media-type.ts';
import { formatArchive, type TrustArchive } from './archive.ts';
import type { RoleName } from './role-name.ts';

export const trustArtifactTypes = Object.freeze({
  artifact: 'application/vnd.plimsoll.trust-archive.v1',
  config: 'application/vnd.plimsoll.trust-archive.config.v1+json',
  roleFile: 'application/vnd.plimsoll.notary.v1.role+json',
});

export interface ArtifactBlob {
  readonly descriptor: Descriptor;
  readonly bytes: Uint8Array;
}

export interface TrustArtifact {
  readonly manifest: ArtifactBlob;
  /** The config first, then the files in the order of their first fetch. */
  readonly blobs: readonly ArtifactBlob[];
}

/** `readFile` gives a file of the archive, which must be there. */
export function createTrustArtifact(
  archive: TrustArchive,
  readFile: (role: RoleName, sha256: string) => Uint8Array,
): TrustArtifact {
  const config = blobOf(trustArtifactTypes.config, Buffer.from(formatArchive(archive)));
  const layers = new Map<string, ArtifactBlob>();
  for (const { role, file } of archive.imports.flatMap(({ fetches }) => fetches)) {
    const title = file === undefined ? '' : `${role}.${file.sha256}.json`;
    if (file === undefined || layers.has(title)) continue;
    const annotations = { 'org.opencontainers.image.title': title };
    layers.set(title, blobOf(trustArtifactTypes.roleFile, readFile(role, file.sha256), annotations));
  }
  const last = archive.imports.at(-1);
  const manifest = {
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    artifactType: trustArtifactTypes.artifact,
    config: formatDescriptor(config.descriptor),
    layers: [...layers.values()].map(({ descriptor }) => formatDescriptor(descriptor)),
    annotations: {
      'org.opencontainers.image.title': `Notary v1 trust data of ${archive.gun}`,
      ...(last === undefined ? {} : { 'org.opencontainers.image.created': last.at }),
    },
  };
  const bytes = Buffer.from(JSON.stringify(manifest));
  const described = blobOf(mediaTypes.ociManifest, bytes);
  return {
    manifest: {
      bytes,
      descriptor: { ...described.descriptor, artifactType: trustArtifactTypes.artifact },
    },
    blobs: [config, ...layers.values()],
  };
}

function blobOf(
  mediaType: string,
  bytes: Uint8Array,
  annotations?: Readonly<Record<string, string>>,
): ArtifactBlob {
  const digest = digestOf(bytes);
  const described = { mediaType, digest, sizeBytes: bytes.byteLength };
  return { descriptor: annotations === undefined ? described : { ...described, annotations }, bytes };
}
