// Moves an image between two places: an index with all its children, or one platform; referrers on request.
// Invariant: bytes and digests of manifests and blobs stay exactly as they are; the root, which gets the name, is
// written last, so that a broken copy never leaves a name that leads to nothing.
import type { Descriptor } from '../../formats/oci/descriptor.ts';
import type { Digest } from '../../formats/oci/digest.ts';
import { type Manifest, parseManifest } from '../../formats/oci/manifest.ts';
import { isNondistributable, manifestKind } from '../../formats/oci/media-type.ts';
import type { Platform } from '../../formats/oci/platform.ts';
import { isPlimsollError } from '../../kit/error.ts';
import { imageErrors } from './errors.ts';
import { copyOldTag, readOldTags } from './old-tag.ts';
import { chooseImage } from './platform-choice.ts';
import type { ImageSource, ImageTarget, RawManifest } from './source.ts';
import { verifiedBlob } from './verify.ts';

export type CopyProgress =
  | { readonly kind: 'blob-started' | 'blob-present' | 'blob-done'; readonly descriptor: Descriptor }
  | { readonly kind: 'blob-bytes'; readonly descriptor: Descriptor; readonly doneBytes: number }
  | { readonly kind: 'manifest-done'; readonly descriptor: Descriptor };

export interface CopyOptions {
  /** Copies only this platform's image of an index; without it, the whole index. */
  readonly platform?: Platform;
  /** Whether what refers to the copied manifests (signatures, inventories) comes along. */
  readonly referrers: boolean;
  /** A repository of the target's registry where blobs may be mounted from. */
  readonly mountFrom?: string;
  readonly onProgress?: (progress: CopyProgress) => void;
}

export interface CopyResult {
  /** Of the root as the target has it. */
  readonly digest: Digest;
  readonly manifests: number;
  readonly blobsCopied: number;
  readonly blobsPresent: number;
  readonly copiedBytes: number;
}

/** Blobs under way at once: what docker and skopeo use about, and kind to registries. */
const CONCURRENCY = 4;
/** Manifests of one copy, children and referrers together; more is a trap. */
const MANIFESTS = 10_000;
/** Index in index, signature of an inventory of an image: honest trees end by then. */
const DEPTH = 5;

/** Copies; `images.platform_needed` where an index meets a target of one image, and the errors of both places. */
export async function copyImage(
  source: ImageSource,
  target: ImageTarget,
  options: CopyOptions,
): Promise<CopyResult> {
  const root = await chooseRoot(source, target, options.platform);
  const manifests = await listManifests(source, root, options.referrers && target.holdsOneImage !== true);
  const blobs = new Map<Digest, Descriptor>();
  for (const { manifest } of manifests)
    if (manifest.kind === 'image')
      for (const blob of [manifest.config, ...manifest.layers]) blobs.set(blob.digest, blob);
  const counts = { blobsCopied: 0, blobsPresent: 0, copiedBytes: 0 };
  await inParallel([...blobs.values()], (blob) => copyBlob(source, target, blob, options, counts));
  if (options.referrers) await copyOldTags(source, target, manifests);
  for (const { raw } of manifests) {
    await target.putManifest(raw, raw === root);
    options.onProgress?.({ kind: 'manifest-done', descriptor: raw.descriptor });
  }
  await target.finish();
  return { digest: root.descriptor.digest, manifests: manifests.length, ...counts };
}

async function chooseRoot(
  source: ImageSource,
  target: ImageTarget,
  platform?: Platform,
): Promise<RawManifest> {
  if (platform !== undefined) return (await chooseImage(source, platform)).image;
  const root = await source.root();
  if (target.holdsOneImage !== true || manifestKind(root.descriptor.mediaType) === 'image') return root;
  throw imageErrors.platform_needed(
    `${source.name} is an index, but ${target.name} holds one image: name a platform`,
  );
}

/** Signatures from before referrers, of what is copied and not of what refers to it. */
async function copyOldTags(
  source: ImageSource,
  target: ImageTarget,
  manifests: readonly Visited[],
): Promise<void> {
  if (source.readTag === undefined || target.writeTag === undefined) return;
  const subjects = manifests.filter(({ manifest }) => manifest.subject === undefined);
  await inParallel(subjects, async ({ raw }) => {
    for (const old of await readOldTags(source, raw.descriptor.digest)) await copyOldTag(source, target, old);
  });
}

interface Visited {
  readonly raw: RawManifest;
  readonly manifest: Manifest;
}

/** All below the root and all that refers to them, each before whatever names it; the root is the last. */
async function listManifests(
  source: ImageSource,
  root: RawManifest,
  withReferrers: boolean,
): Promise<Visited[]> {
  const found: Visited[] = [];
  const seen = new Set<Digest>();
  async function visit(raw: RawManifest, depth: number): Promise<void> {
    seen.add(raw.descriptor.digest);
    if (seen.size > MANIFESTS || depth > DEPTH)
      throw imageErrors.damaged(`${source.name} leads to more manifests than an honest image has`);
    const manifest = parseManifest(raw.bytes, raw.descriptor.mediaType);
    const children = manifest.kind === 'index' ? manifest.manifests : [];
    const referrers = withReferrers ? await source.referrers(raw.descriptor.digest) : [];
    for (const child of [...children, ...referrers])
      if (!seen.has(child.digest)) await visit(await source.manifest(child), depth + 1);
    found.push({ raw, manifest });
  }
  await visit(root, 0);
  return found;
}

async function copyBlob(
  source: ImageSource,
  target: ImageTarget,
  blob: Descriptor,
  { mountFrom, onProgress }: CopyOptions,
  counts: { blobsCopied: number; blobsPresent: number; copiedBytes: number },
): Promise<void> {
  if (await target.hasBlob(blob)) {
    counts.blobsPresent += 1;
    onProgress?.({ kind: 'blob-present', descriptor: blob });
    return;
  }
  onProgress?.({ kind: 'blob-started', descriptor: blob });
  async function* counted(): AsyncGenerator<Uint8Array> {
    let doneBytes = 0;
    for await (const chunk of (await source.blob(blob)) as AsyncIterable<Uint8Array>) {
      doneBytes += chunk.byteLength;
      onProgress?.({ kind: 'blob-bytes', descriptor: blob, doneBytes });
      yield chunk;
    }
  }
  try {
    await target.putBlob(blob, async () => verifiedBlob(counted(), blob), mountFrom);
  } catch (error) {
    // Registries need not hold foreign layers; a client fetches them from their urls.
    if (isNondistributable(blob.mediaType) && isPlimsollError(error, { kind: 'missing' })) return;
    throw error;
  }
  counts.blobsCopied += 1;
  counts.copiedBytes += blob.sizeBytes;
  onProgress?.({ kind: 'blob-done', descriptor: blob });
}

/** All started before the first failure is thrown have ended when it is: nothing runs on behind the caller. */
async function inParallel<T>(items: readonly T[], run: (item: T) => Promise<void>): Promise<void> {
  const queue = items.values();
  let hasFailed = false;
  const workers = Array.from({ length: CONCURRENCY }, async () => {
    for (const item of queue) {
      if (hasFailed) return;
      await run(item).catch((error: unknown) => {
        hasFailed = true;
        throw error;
      });
    }
  });
  const failed = (await Promise.allSettled(workers)).find((result) => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}
