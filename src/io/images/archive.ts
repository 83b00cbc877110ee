// Images in one file: oci-archive (an OCI layout in a tar) and docker-archive (`docker save`, `podman save`), plain
// or compressed, as sources and as targets. Nothing is unpacked to the disk but a compressed archive's own tar.
import { type ArchiveReference, formatReference } from '../../formats/oci/reference.ts';
import { openArchiveFile } from './archive/archive-file.ts';
import { type ArchiveName, createDockerArchiveTarget, createOciArchiveTarget } from './archive/targets.ts';
import type { ImageSource, ImageTarget } from './source.ts';

type ArchiveKind = 'oci-archive' | 'docker-archive';

/**
 * Opens an archive; each kind reads both. Dispose of it: a compressed archive has left a temporary file.
 * `images.place_unreadable`, `images.damaged`, `images.missing`, `images.ambiguous`.
 */
export async function openArchiveSource(reference: ArchiveReference): Promise<ImageSource> {
  const { file, tag } = reference;
  return openArchiveFile(file, {
    name: formatReference(reference),
    shownFile: file,
    ...(tag === undefined ? {} : { tag }),
  });
}

/** Starts an archive; it stands under its name after `finish`, replacing a file that was there. */
export async function openArchiveTarget(
  name: ArchiveName & { readonly kind: ArchiveKind },
): Promise<ImageTarget> {
  return name.kind === 'oci-archive' ? createOciArchiveTarget(name) : createDockerArchiveTarget(name);
}
