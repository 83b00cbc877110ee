// What hangs on an image, for a verifier elsewhere: the page's own, which runs in the browser. Bytes as they are.
import type { RawManifest } from '../../../io/images/source.ts';
import type { Access } from '../../../services/hub/access.ts';
import type { Attached, AttachedManifest } from '../../../services/registry/attached.ts';
import * as contract from '../contract.ts';
import * as signature from '../contract-signature.ts';
import { findImage, type ImageRouteParts } from './images.ts';
import { type ApiRoute, jsonRoute } from './route.ts';

export interface SignatureRouteParts extends Pick<ImageRouteParts, 'catalogue' | 'images'> {
  readonly access: Access;
  readonly attached: Attached;
}

export function createSignatureRoutes(parts: SignatureRouteParts): readonly ApiRoute[] {
  return [
    jsonRoute({
      method: 'get',
      path: '/api/v1/repositories/{name}/-/images/{reference}/signatures',
      summary: 'Signatures and statements that hang on an image, in their own bytes and not judged',
      query: contract.imageQuery,
      answer: signature.signatureEvidence,
      errors: [400, 404],
      async handle(call) {
        const image = await findImage(parts, call);
        const grant = await parts.access.checkRepository(call.viewer, 'pull', image.repository);
        const imageDigest = image.shown?.digest ?? image.digest;
        const { root, attached, unknowns } = await parts.attached.read(grant, image.digest, imageDigest);
        return {
          repository: image.repository,
          root: shapeManifest(root),
          imageDigest,
          attached: attached.map(shapeAttached),
          unknowns: [...unknowns],
        };
      },
    }),
  ];
}

function shapeAttached({ via, subject, manifest, blobs }: AttachedManifest): signature.AttachedManifest {
  return {
    via,
    subject,
    manifest: shapeManifest(manifest),
    blobs: blobs.map(({ digest, bytes }) => ({ digest, bytes: encode(bytes) })),
  };
}

function shapeManifest({ descriptor, bytes }: RawManifest): signature.SignatureEvidence['root'] {
  return { digest: descriptor.digest, mediaType: descriptor.mediaType, bytes: encode(bytes) };
}

function encode(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}
