// What the API gave about an image, its bytes decoded. Nothing is believed of it yet.
import type { SignatureEvidence } from '../../../src/entry/http/contract-signature.ts';
import { digestAlgorithm, digestOf, parseDigest } from '../../../src/formats/oci/digest.ts';
import { type Manifest, parseManifest } from '../../../src/formats/oci/manifest.ts';

/** The server's answer contradicts itself: its bytes are not those of its digests, or it is about something else. */
export class EvidenceFault extends Error {}

export interface EvidenceManifest {
  readonly digest: string;
  readonly mediaType: string;
  readonly bytes: Uint8Array;
}

export interface Evidence {
  readonly root: EvidenceManifest;
  readonly imageDigest: string;
  readonly attached: readonly {
    readonly via: 'referrer' | 'index' | 'tag';
    readonly subject: string;
    readonly manifest: EvidenceManifest;
    readonly blobs: readonly { readonly digest: string; readonly bytes: Uint8Array }[];
  }[];
  readonly unknowns: readonly { readonly where: string; readonly why: string }[];
}

export function openEvidence({ root, imageDigest, attached, unknowns }: SignatureEvidence): Evidence {
  return {
    root: { ...root, bytes: decode(root.bytes) },
    imageDigest,
    attached: attached.map(({ via, subject, manifest, blobs }) => ({
      via,
      subject,
      manifest: { ...manifest, bytes: decode(manifest.bytes) },
      blobs: blobs.map(({ digest, bytes }) => ({ digest, bytes: decode(bytes) })),
    })),
    unknowns,
  };
}

/** The platform's own: megabytes of it are quick. */
function decode(text: string): Uint8Array {
  const letters = atob(text);
  return Uint8Array.from({ length: letters.length }, (_, at) => letters.charCodeAt(at));
}

/** `EvidenceFault`, and what a manifest that cannot be read throws. */
export function readManifest({ digest, mediaType, bytes }: EvidenceManifest): Manifest {
  checkBytes(digest, bytes);
  return parseManifest(bytes, mediaType);
}

/** `EvidenceFault` where the bytes are not those of the digest. */
export function checkBytes(digest: string, bytes: Uint8Array): void {
  const own = parseDigest(digest);
  if (digestOf(bytes, digestAlgorithm(own)) !== own)
    throw new EvidenceFault(`the server’s bytes are not those of ${digest}`);
}
