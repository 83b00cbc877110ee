// The same signature for clients from before bundles: a layer under `sha256-….sig`, or the signed envelope under
// `.att`. A log of tiles promises nothing that this form could hold, so what it proves is the signature and its time.
import type { Digest } from '../../formats/oci/digest.ts';
import type { Bundle } from '../../formats/sigstore/bundle.ts';
import { formatEnvelope, formatOldLayer, formatSimpleSigning } from '../../formats/sigstore/old-manifest.ts';
import type { OldSignatureLayer } from '../../formats/sigstore/old-signature.ts';
import { parseOldSignature } from '../../formats/sigstore/old-signature.ts';
import { algorithmOfKey } from '../../formats/x509/algorithm.ts';
import { type ImageSigner, verifyAtOnce } from './seal.ts';

/** A signature of the digest for a name, `HOST/REPOSITORY`; `sign.unsound`, and what key and services throw. */
export async function sealOldSignature(
  digest: Digest,
  name: string,
  signer: ImageSigner,
): Promise<OldSignatureLayer> {
  const { key } = signer;
  const payload = formatSimpleSigning({ digest, name });
  const signature = await key.sign(payload, algorithmOfKey(key.publicKey));
  const layer = formatOldLayer('simpleSigning', payload, {
    signature,
    ...(await proofsOf(signature, signer)),
  });
  checkLayer(layer, digest, undefined, signer);
  return layer;
}

/** A bundle's envelope as a layer; the rest as of `sealOldSignature`. */
export async function sealOldAttestation(
  digest: Digest,
  { bundle, predicateType }: { readonly bundle: Bundle; readonly predicateType: string },
  signer: ImageSigner,
): Promise<OldSignatureLayer> {
  const { content } = bundle;
  if (content.kind !== 'envelope') throw new TypeError('a statement is signed in an envelope');
  const bytes = formatEnvelope(content);
  const layer = formatOldLayer('envelope', bytes, { predicateType, ...(await proofsOf(bytes, signer)) });
  checkLayer(layer, digest, predicateType, signer);
  return layer;
}

async function proofsOf(stamped: Uint8Array, { certificate, services }: ImageSigner) {
  const timestamp = await services.stampers[0]?.(stamped);
  return {
    ...(certificate === undefined ? {} : { certificate }),
    ...(timestamp === undefined ? {} : { timestamp }),
  };
}

function checkLayer(
  layer: OldSignatureLayer,
  digest: Digest,
  predicateType: string | undefined,
  signer: ImageSigner,
): void {
  for (const bundle of parseOldSignature(layer)) verifyAtOnce(bundle, digest, predicateType, signer);
}
