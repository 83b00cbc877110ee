// A small artifact made in memory (a signature, a statement, an archive of role files) and written to a place for
// images: its blobs first, then the manifest that names them.
import { Readable } from 'node:stream';
import type { Descriptor } from '../../formats/oci/descriptor.ts';
import { digestOf } from '../../formats/oci/digest.ts';
import { mediaTypes } from '../../formats/oci/media-type.ts';
import type { ImageTarget, RawManifest } from './source.ts';

export interface Artifact {
  readonly manifest: RawManifest;
  readonly blobs: readonly { readonly descriptor: Descriptor; readonly bytes: Uint8Array }[];
}

/** Writes it; `named` gives it the target's tag. The caller ends the target (`finish`). */
export async function putArtifact(
  target: ImageTarget,
  { manifest, blobs }: Artifact,
  named: boolean,
): Promise<void> {
  await putBlobs(target, blobs);
  await target.putManifest(manifest, named);
}

/** Those that are not there yet. */
export async function putBlobs(target: ImageTarget, blobs: Artifact['blobs']): Promise<void> {
  for (const { descriptor, bytes } of blobs)
    if (!(await target.hasBlob(descriptor)))
      await target.putBlob(descriptor, async () =>
        Readable.from([Buffer.from(bytes)], { objectMode: false }),
      );
}

/** A manifest and blobs in memory, each described by its digest. */
export function describeArtifact(manifest: Uint8Array, blobs: readonly Uint8Array[]): Artifact {
  const of = (bytes: Uint8Array, mediaType: string) => ({
    descriptor: { mediaType, digest: digestOf(bytes), sizeBytes: bytes.byteLength },
    bytes,
  });
  return {
    manifest: of(manifest, mediaTypes.ociManifest),
    blobs: blobs.map((bytes) => of(bytes, 'application/octet-stream')),
  };
}
