// Which image of an index is meant (image-spec image-index.md "platform"). Attestation manifests
// (`unknown/unknown`) and artifacts are never chosen. Nested indexes are entered, within bounds.
import { type ImageConfig, parseConfig } from '../../formats/oci/config.ts';
import type { Descriptor } from '../../formats/oci/descriptor.ts';
import { ociErrors } from '../../formats/oci/errors.ts';
import { type ImageManifest, parseManifest } from '../../formats/oci/manifest.ts';
import { manifestKind } from '../../formats/oci/media-type.ts';
import { formatPlatform, isRunnable, isSamePlatform, type Platform } from '../../formats/oci/platform.ts';
import { collectBytes } from '../../kit/bytes.ts';
import { limits } from '../../kit/limits.ts';
import { imageErrors } from './errors.ts';
import type { ImageSource, RawManifest } from './source.ts';
import { verifiedBytes } from './verify.ts';

export interface ChosenImage {
  /** What the reference names: the index it was chosen from, or the image itself. */
  readonly root: RawManifest;
  readonly image: RawManifest;
  readonly manifest: ImageManifest;
  readonly config: ImageConfig;
  readonly configBytes: Uint8Array;
  /** From the index, or else from the configuration; absent where neither says it. */
  readonly platform?: Platform;
  /** Every runnable platform there was to choose from; empty where the root is an image itself. */
  readonly offered: readonly Platform[];
}

/** Honest indexes nest once (an index of indexes); deeper ones are a trap. */
const NESTING = 3;
/** The largest official index has some 30 children. */
const CHILDREN = 1_000;

/**
 * The image of `platform`. Without one: that of `machine` (linux and the caller's architecture), else the only one
 * there is, else linux/amd64. `oci.platform_missing` lists those there are; an image that is no index is taken
 * as it is, unless its configuration contradicts `platform`.
 */
export async function chooseImage(
  source: ImageSource,
  platform?: Platform,
  machine: Platform = { os: 'linux', architecture: 'amd64' },
): Promise<ChosenImage> {
  const root = await source.root();
  const offers = await listImages(source, root);
  const chosen = offers === undefined ? undefined : choose(source.name, offers, platform, machine);
  const image = chosen === undefined ? root : await source.manifest(chosen);
  const manifest = parseManifest(image.bytes, image.descriptor.mediaType);
  if (manifest.kind !== 'image')
    throw ociErrors.manifest_invalid(`${image.descriptor.digest} in ${source.name} is not an image manifest`);
  const configBytes = await readConfigBytes(source, manifest.config);
  const config = parseConfig(configBytes);
  const settled = chosen?.platform ?? config.platform;
  if (platform !== undefined && settled !== undefined && !isSamePlatform(platform, settled))
    throw missing(source.name, platform, [settled]);
  return {
    root,
    image,
    manifest,
    config,
    configBytes,
    ...(settled === undefined ? {} : { platform: settled }),
    offered: (offers ?? []).flatMap(({ platform: one }) => (one === undefined ? [] : [one])),
  };
}

/** Descriptors of runnable images below an index, nested ones too; undefined where the root is an image. */
async function listImages(
  source: Pick<ImageSource, 'manifest'>,
  root: RawManifest,
): Promise<Descriptor[] | undefined> {
  if (manifestKind(root.descriptor.mediaType) === 'image') return undefined;
  const found: Descriptor[] = [];
  async function visit({ bytes, descriptor }: RawManifest, depth: number): Promise<void> {
    const index = parseManifest(bytes, descriptor.mediaType);
    if (index.kind !== 'index') return;
    for (const child of index.manifests) {
      if (found.length >= CHILDREN) return;
      const kind = manifestKind(child.mediaType);
      if (kind === 'index' && depth < NESTING) await visit(await source.manifest(child), depth + 1);
      else if (kind === 'image' && isRunnable(child.platform) && mayBeImage(child)) found.push(child);
    }
  }
  await visit(root, 1);
  return found;
}

/** Container engines take what is for their platform, whatever type it says it is. */
function mayBeImage({ artifactType, platform }: Descriptor): boolean {
  return artifactType === undefined || platform !== undefined;
}

function choose(
  name: string,
  offers: readonly Descriptor[],
  platform: Platform | undefined,
  machine: Platform,
): Descriptor {
  const of = (wanted: Platform): Descriptor | undefined =>
    offers.find((offer) => offer.platform !== undefined && isSamePlatform(wanted, offer.platform));
  const only = offers.length === 1 ? offers[0] : undefined;
  const chosen =
    platform === undefined
      ? (of(machine) ?? only ?? of({ os: 'linux', architecture: 'amd64' }))
      : (of(platform) ?? (only?.platform === undefined ? only : undefined));
  if (chosen !== undefined) return chosen;
  throw missing(
    name,
    platform ?? machine,
    offers.flatMap((offer) => offer.platform ?? []),
  );
}

async function readConfigBytes(source: ImageSource, config: Descriptor): Promise<Uint8Array> {
  if (config.sizeBytes > limits.configBytes)
    throw imageErrors.damaged(
      `the configuration of ${source.name} is larger than ${limits.configBytes} bytes`,
    );
  return collectBytes(
    verifiedBytes(await source.blob(config), config),
    limits.configBytes,
    imageErrors.damaged,
  );
}

function missing(name: string, wanted: Platform, there: readonly Platform[]): Error {
  const list = there.length === 0 ? 'no runnable image' : there.map(formatPlatform).join(', ');
  return ociErrors.platform_missing(`${name} has no image for ${formatPlatform(wanted)}; there is ${list}`);
}
