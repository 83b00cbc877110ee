// What was signed is written beside the image: bundles and Notary signatures as referrers, the old form under its tags.
// Only added to: what others signed stays.
import { addOldLayer } from '../../formats/sigstore/old-manifest.ts';
import { describeArtifact, putArtifact } from '../../io/images/artifact.ts';
import { addToTag } from '../../io/images/old-tag.ts';
import type { ImageTarget, RawManifest } from '../../io/images/source.ts';
import { isPlimsollError } from '../../kit/error.ts';
import { signErrors } from './errors.ts';
import type { Made } from './make.ts';

/** `sign.foreign_tag`, and what the place throws. */
export async function writeSignatures(made: readonly Made[], target: ImageTarget): Promise<void> {
  for (const one of made)
    if (one.kind === 'old') await addToTag(target, one.tag, (present) => addTo(one, present));
    else await putArtifact(target, one.artifact, false);
  await target.finish();
}

function addTo({ tag, layer }: Extract<Made, { kind: 'old' }>, present: RawManifest | undefined) {
  try {
    const added = addOldLayer(present?.bytes, layer);
    return added && describeArtifact(added.manifest, [added.config, layer.bytes]);
  } catch (cause) {
    if (!isPlimsollError(cause)) throw cause;
    throw signErrors.foreign_tag(`nothing is added to ${tag}: ${cause.message}`, { cause });
  }
}
