// Signatures from before referrers hang on a manifest by a tag's name, `sha256-….sig`, `.att` or `.sbom`, each a layer
// of one manifest. Only added to: layers that stand there stay, whoever wrote them. Each client writes the manifest
// whole, so it is read again after it was written, and written again where another client was quicker.
import type { Digest } from '../../formats/oci/digest.ts';
import { parseManifest } from '../../formats/oci/manifest.ts';
import { joinOldManifests, oldTagOf } from '../../formats/sigstore/old-manifest.ts';
import { type Artifact, describeArtifact, putBlobs } from './artifact.ts';
import { imageErrors } from './errors.ts';
import type { ImageSource, ImageTarget, RawManifest } from './source.ts';
import { verifiedBlob } from './verify.ts';

/** Tries of writing a tag that another client writes too. */
const TRIES = 5;

/**
 * Writes what `add` makes of the manifest that the tag names now (undefined where there is none), until it makes
 * nothing more of it. `images.registry_failed` where another client never stops writing; the errors of the place.
 */
export async function addToTag(
  target: ImageTarget,
  tag: string,
  add: (present: RawManifest | undefined) => Artifact | undefined,
): Promise<void> {
  const { readTag, writeTag } = target;
  if (readTag === undefined || writeTag === undefined)
    throw imageErrors.place_unwritable(`${target.name} holds no further tags`);
  for (let attempt = 0; attempt <= TRIES; attempt += 1) {
    const artifact = add(await readTag(tag));
    if (artifact === undefined) return;
    if (attempt === TRIES) break;
    await putBlobs(target, artifact.blobs);
    await writeTag(tag, artifact.manifest);
  }
  throw imageErrors.registry_failed(`${tag} of ${target.name} is overwritten by another client`);
}

/** Tags that hang on the manifest by their names, with what they name. */
export async function readOldTags(
  source: ImageSource,
  digest: Digest,
): Promise<readonly { readonly tag: string; readonly raw: RawManifest }[]> {
  const found = await Promise.all(
    (['sig', 'att', 'sbom'] as const).map(async (kind) => {
      const tag = oldTagOf(digest, kind);
      const raw = await source.readTag?.(tag);
      return raw === undefined ? [] : [{ tag, raw }];
    }),
  );
  return found.flat();
}

/** Carries one such tag over, joined with what the target has under it. */
export async function copyOldTag(
  source: ImageSource,
  target: ImageTarget,
  { tag, raw }: { readonly tag: string; readonly raw: RawManifest },
): Promise<void> {
  const manifest = parseManifest(raw.bytes, raw.descriptor.mediaType);
  // Such a tag never names an index: what does is something else under this name, and no part of the image.
  if (manifest.kind !== 'image') return;
  for (const blob of [manifest.config, ...manifest.layers])
    if (!(await target.hasBlob(blob)))
      await target.putBlob(blob, async () => verifiedBlob(await source.blob(blob), blob));
  await addToTag(target, tag, (present) => join(tag, present, raw));
}

/** What of `raw` is not in `present` is added to it; where nothing stood there, the bytes stay exactly as they are. */
function join(tag: string, present: RawManifest | undefined, raw: RawManifest): Artifact | undefined {
  if (present === undefined) return { manifest: raw, blobs: [] };
  if (present.descriptor.digest === raw.descriptor.digest) return undefined;
  // An inventory is replaced by the next, as cosign does it; signatures are many.
  if (tag.endsWith('.sbom')) return { manifest: raw, blobs: [] };
  const joined = joinOldManifests(present.bytes, raw.bytes);
  return joined && describeArtifact(joined.manifest, [joined.config]);
}
