// The signatures in one layer of what hangs on an image: Sigstore's bundles, and what cosign kept before them.
import { type Bundle, parseBundle } from '../../../src/formats/sigstore/bundle.ts';
import { oldMediaTypes, parseOldSignature } from '../../../src/formats/sigstore/old-signature.ts';

export interface Layer {
  readonly mediaType: string;
  readonly annotations: Readonly<Record<string, string>>;
  readonly bytes: Uint8Array;
}

/** Undefined where the layer is none of these; else what reading them throws. */
export function readBundles(layer: Layer): readonly Bundle[] | undefined {
  if (/^application\/vnd\.dev\.sigstore\.bundle[.+]/.test(layer.mediaType)) return [parseBundle(layer.bytes)];
  const isOld = layer.mediaType === oldMediaTypes.simpleSigning || layer.mediaType === oldMediaTypes.envelope;
  return isOld ? parseOldSignature(layer) : undefined;
}
