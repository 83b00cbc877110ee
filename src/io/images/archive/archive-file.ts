// A tar file that holds images, told apart by what is in it: an OCI layout, or `docker save`'s manifest.json. Newer
// dockers write both; the layout is preferred, since it keeps the image's own manifest and digest.
import { collectBytes } from '../../../kit/bytes.ts';
import { limits } from '../../../kit/limits.ts';
import { imageErrors } from '../errors.ts';
import { parseLayoutIndex } from '../layout/index-document.ts';
import { createLayoutSource, type LayoutPlace, type LayoutWish } from '../layout/layout-source.ts';
import type { ImageSource } from '../source.ts';
import { createDockerSource } from './docker-source.ts';
import { openTarIndex, type TarIndex } from './tar-index.ts';

export interface ArchiveWish extends Omit<LayoutWish, 'digest'> {
  /** How messages call the file. */
  readonly shownFile: string;
}

/** `images.place_unreadable`, `images.damaged`, `images.missing`, `images.ambiguous`. */
export async function openArchiveFile(file: string, wish: ArchiveWish): Promise<ImageSource> {
  const index = await openTarIndex(file, wish.shownFile);
  try {
    if (await hasLayout(index, wish.name)) return createLayoutSource(tarPlace(index), wish);
    return await createDockerSource(index, wish);
  } catch (error) {
    await index.close();
    throw error;
  }
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
