// Where an index keeps what BuildKit says about its images: manifests of platform `unknown/unknown`, each annotated
// with the digest of the image that it is about (moby/buildkit docs/attestations/attestation-storage.md). The
// annotation is a hint of whoever wrote the index: what a statement is about, its own subject says.
import type { Descriptor } from '../../formats/oci/descriptor.ts';
import type { Digest } from '../../formats/oci/digest.ts';
import { parseManifest } from '../../formats/oci/manifest.ts';
import { manifestKind } from '../../formats/oci/media-type.ts';
import type { ImageSource, RawManifest } from '../../io/images/source.ts';

/** Indexes nest once where people make them; platform-choice.ts enters as many. */
const NESTING = 3;

/** Attestation manifests that an index has for this image, in its order; none where the root is no index. */
export async function listAttestationManifests(
  source: Pick<ImageSource, 'manifest'>,
  root: RawManifest,
  image: Digest,
  depth = 1,
): Promise<readonly Descriptor[]> {
  if (manifestKind(root.descriptor.mediaType) !== 'index') return [];
  const index = parseManifest(root.bytes, root.descriptor.mediaType);
  const found: Descriptor[] = [];
  for (const child of index.kind === 'index' ? index.manifests : []) {
    const kind = manifestKind(child.mediaType);
    if (kind === 'index' && depth < NESTING)
      found.push(...(await listAttestationManifests(source, await source.manifest(child), image, depth + 1)));
    else if (
      kind === 'image' &&
      child.annotations?.['vnd.docker.reference.type'] === 'attestation-manifest' &&
      child.annotations['vnd.docker.reference.digest'] === image
    )
      found.push(child);
  }
  return found;
}
