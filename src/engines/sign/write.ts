// What was signed is written beside the image: bundles and Notary signatures as referrers, the old form under its tags.
// Only added to: what others signed stays. An old tag holds them all in one manifest that each client writes whole, so
// it is read again after it was written, and written again where another client was quicker.

import { addOldLayer, holdsOldLayer } from '../../formats/sigstore/old-manifest.ts';
import type { OldSignatureLayer } from '../../formats/sigstore/old-signature.ts';
import { putArtifact } from '../../io/images/artifact.ts';
import { imageErrors } from '../../io/images/errors.ts';
import type { ImageSource, ImageTarget, RawManifest } from '../../io/images/source.ts';
import { isPlimsollError } from '../../kit/error.ts';
import { signErrors } from './errors.ts';
import type { Made } from './make.ts';
import { describeArtifact } from './seal.ts';

/** The image's repository. */
export interface SignPlaces {
  /** To write what refers to the image. */
  readonly target: ImageTarget;
  /** Another tag of it. */
  readonly openTag: (tag: string) => Promise<{ readonly source: ImageSource; readonly target: ImageTarget }>;
}

/** Tries of writing an old tag. */
const TRIES = 5;

/** `sign.overwritten`, `sign.foreign_tag`, and what the places throw. */
export async function writeSignatures(made: readonly Made[], { target, openTag }: SignPlaces): Promise<void> {
  for (const one of made) if (one.kind !== 'old') await putArtifact(target, one.artifact, false);
  await target.finish();
  for (const one of made) if (one.kind === 'old') await addToOldTag(one.tag, one.layer, openTag);
}

async function addToOldTag(
  tag: string,
  layer: OldSignatureLayer,
  openTag: SignPlaces['openTag'],
): Promise<void> {
  for (let attempt = 0; attempt <= TRIES; attempt += 1) {
    const { source, target } = await openTag(tag);
    await using _source = source;
    await using _target = target;
    const present = await readPresent(source);
    if (present !== undefined && isHeld(present, layer, tag)) return;
    if (attempt === TRIES) break;
    const { manifest, config } = addTo(present, layer, tag);
    await putArtifact(target, describeArtifact(manifest, [config, layer.bytes]), true);
    await target.finish();
  }
  throw signErrors.overwritten(`${tag} is written by another client`);
}

async function readPresent(source: ImageSource): Promise<RawManifest | undefined> {
  try {
    return await source.root();
  } catch (cause) {
    if (isPlimsollError(cause, { code: imageErrors.missing.code })) return undefined;
    throw cause;
  }
}

function isHeld({ bytes }: RawManifest, layer: OldSignatureLayer, tag: string): boolean {
  return guard(tag, () => holdsOldLayer(bytes, layer));
}

function addTo(present: RawManifest | undefined, layer: OldSignatureLayer, tag: string) {
  return guard(tag, () => addOldLayer(present?.bytes, layer));
}

function guard<T>(tag: string, run: () => T): T {
  try {
    return run();
  } catch (cause) {
    if (!isPlimsollError(cause)) throw cause;
    throw signErrors.foreign_tag(`nothing is added to ${tag}: ${cause.message}`, { cause });
  }
}
