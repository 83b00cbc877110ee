// Every image that somebody's machine might run of an index. Whoever wrote the index chose what it says of its parts, and
// container engines do not look at all of it: they pass over `artifactType` and take what has the right platform. So what
// cannot be told to be no image counts as one, or is told as unknown.
import type { Digest } from '../../formats/oci/digest.ts';
import { parseManifest } from '../../formats/oci/manifest.ts';
import { isImageConfig, manifestKind } from '../../formats/oci/media-type.ts';
import { isRunnable } from '../../formats/oci/platform.ts';
import type { RawManifest } from '../../io/images/source.ts';
import { limits } from '../../kit/limits.ts';
import type { SignedPlace, UnreadList } from './find-signed.ts';

export interface IndexReading extends Pick<UnreadList, 'unknowns'> {
  readonly place: Pick<SignedPlace, 'manifest'>;
}

/** Honest indexes nest once. */
const NESTING = 3;

/** Each once, at most `limits.indexImages`; what is left out is an unknown. Throws what reading a manifest throws. */
export async function listRunnableImages(
  { place, unknowns }: IndexReading,
  root: RawManifest,
): Promise<readonly Digest[]> {
  const found = new Set<Digest>();
  const seen = new Set<Digest>();
  const leave = (why: string): void => void unknowns.push({ where: 'the index', why });

  async function visit({ bytes, descriptor }: RawManifest, depth: number): Promise<void> {
    const index = parseManifest(bytes, descriptor.mediaType);
    for (const child of index.kind === 'index' ? index.manifests : []) {
      const { digest, mediaType, platform, artifactType } = child;
      if (!isRunnable(platform) || seen.has(digest)) continue;
      if (seen.size >= limits.indexImages)
        return leave(`more than ${limits.indexImages} manifests are in it, and no more are read`);
      seen.add(digest);
      const kind = manifestKind(mediaType);
      if (kind === undefined)
        leave(`${digest} is ${mediaType}, and whether a machine runs that is not known`);
      else if (kind === 'index' && depth >= NESTING)
        leave(`the index ${digest} lies deeper in it than is read`);
      else if (kind === 'index') await visit(await place.manifest(child), depth + 1);
      else if (artifactType === undefined || platform !== undefined) found.add(digest);
      // It calls itself an artifact for no platform: only without an image's configuration it is one.
      else if (hasImageConfig(await place.manifest(child))) found.add(digest);
    }
  }

  await visit(root, 1);
  return [...found];
}

function hasImageConfig({ bytes, descriptor }: RawManifest): boolean {
  const manifest = parseManifest(bytes, descriptor.mediaType);
  return manifest.kind === 'image' && isImageConfig(manifest.config.mediaType);
}
