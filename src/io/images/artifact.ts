// A small artifact made in memory (a signature, a statement, an archive of role files) and written to a place for
// images: its blobs first, then the manifest that names them.
import { Readable } from 'node:stream';
import type { Descriptor } from '../../formats/oci/descriptor.ts';
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
  for (const { descriptor, bytes } of blobs)
    if (!(await target.hasBlob(descriptor)))
      await target.putBlob(descriptor, async () =>
        Readable.from([Buffer.from(bytes)], { objectMode: false }),
      );
  await target.putManifest(manifest, named);
}
