// Images in one file: oci-archive (an OCI layout in a tar) and docker-archive (`docker save`, `podman save`), plain
// or compressed, as sources and as targets. Nothing is unpacked to the disk but a compressed archive's own tar.

import { collectBytes } from '../../kit/bytes.ts';
import { limits } from '../../kit/limits.ts';
import { createDockerSource } from './archive/docker-source.ts';
import { openTarIndex, type TarIndex } from './archive/tar-index.ts';
import { type ArchiveName, createDockerArchiveTarget, createOciArchiveTarget } from './archive/targets.ts';
import { imageErrors } from './errors.ts';
import { parseLayoutIndex } from './layout/index-document.ts';
import { createLayoutSource, type LayoutPlace } from './layout/layout-source.ts';
import type { ImageSource, ImageTarget } from './source.ts';

type ArchiveKind = 'oci-archive' | 'docker-archive';

/**
 * Opens an archive. Either kind reads both: newer dockers save an OCI layout with a manifest.json beside it, and the
 * layout is preferred, since it keeps the image's own manifest and digest. Dispose of it: a compressed archive has
 * left a temporary file.
 */
export async function openArchiveSource(
  name: ArchiveName & { readonly kind: ArchiveKind },
): Promise<ImageSource> {
  const { kind, file, tag } = name;
  const wish = {
    name: `${kind}:${file}${tag === undefined ? '' : `:${tag}`}`,
    ...(tag === undefined ? {} : { tag }),
  };
  const index = await openTarIndex(file);
  try {
    if (await hasLayout(index, wish.name)) return createLayoutSource(tarPlace(index), wish);
    return await createDockerSource(index, wish);
  } catch (error) {
    await index.close();
    throw error;
  }
}

/** Starts an archive; it stands under its name after `finish`, replacing a file that was there. */
export async function openArchiveTarget(
  name: ArchiveName & { readonly kind: ArchiveKind },
): Promise<ImageTarget> {
  return name.kind === 'oci-archive' ? createOciArchiveTarget(name) : createDockerArchiveTarget(name);
}

/** An index.json with at least one image; without manifest.json beside it, an empty one counts too. */
async function hasLayout(index: TarIndex, name: string): Promise<boolean> {
  if (index.sizeOf('oci-layout') === undefined || index.sizeOf('index.json') === undefined) return false;
  if (index.sizeOf('manifest.json') === undefined) return true;
  const bytes = await collectBytes(index.open('index.json'), limits.manifestBytes, imageErrors.damaged);
  return parseLayoutIndex(bytes, name).length > 0;
}

function tarPlace(index: TarIndex): LayoutPlace {
  return { open: async (path, offsetBytes) => index.open(path, offsetBytes), close: () => index.close() };
}
