// signature-specification.md, "OCI Signatures": the manifest that hangs an envelope on an image. Written with
// artifactType and the empty config; what older clients wrote, the type as the config's media type, is read too.
import { parseJson } from '../../kit/json.ts';
import { type Descriptor, formatDescriptor } from '../oci/descriptor.ts';
import { digestOf } from '../oci/digest.ts';
import { type Manifest, parseManifest } from '../oci/manifest.ts';
import type { NotationMediaType } from './envelope.ts';
import { notationErrors } from './errors.ts';

export const signatureType = 'application/vnd.cncf.notary.signature';
export const thumbprintAnnotation = 'io.cncf.notary.x509chain.thumbprint#S256';

const IMAGE_MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const EMPTY_TYPE = 'application/vnd.oci.empty.v1+json';

/** The config of every signature: `{}`. */
export const emptyConfig = Object.freeze({ mediaType: EMPTY_TYPE, bytes: Buffer.from('{}') });

export interface SignatureManifest {
  readonly subject: Descriptor;
  /** The one layer; its media type is an envelope's. */
  readonly envelope: Descriptor & { readonly mediaType: NotationMediaType };
  /** SHA-256 of each certificate, the signing one first; lower-case hex. A hint, proven by nothing. */
  readonly fingerprints: readonly string[];
}

/** The manifest's bytes; push the envelope and `emptyConfig` as blobs first. */
export function formatSignatureManifest(parts: {
  readonly subject: Descriptor;
  readonly envelope: Uint8Array;
  readonly mediaType: NotationMediaType;
  readonly fingerprints: readonly string[];
  /** Epoch milliseconds. */
  readonly createdAtMs: number;
}): Uint8Array {
  const { mediaType, digest, sizeBytes } = parts.subject;
  return Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: IMAGE_MANIFEST,
      artifactType: signatureType,
      config: { ...describe(EMPTY_TYPE, emptyConfig.bytes), data: emptyConfig.bytes.toString('base64') },
      layers: [describe(parts.mediaType, parts.envelope)],
      subject: formatDescriptor({ mediaType, digest, sizeBytes }),
      annotations: {
        [thumbprintAnnotation]: JSON.stringify(parts.fingerprints),
        'org.opencontainers.image.created': new Date(parts.createdAtMs).toISOString().replace(/\.\d+Z$/, 'Z'),
      },
    }),
  );
}

/** `notation.manifest_invalid`, and what `parseManifest` throws. */
export function parseSignatureManifest(bytes: Uint8Array): SignatureManifest {
  const manifest = parseManifest(bytes, IMAGE_MANIFEST);
  if (manifest.kind !== 'image' || !isSignature(manifest))
    throw notationErrors.manifest_invalid(`the manifest is not of the type ${signatureType}`);
  const [envelope, ...more] = manifest.layers;
  if (envelope === undefined || more.length > 0 || !isEnvelope(envelope))
    throw notationErrors.manifest_invalid(
      'a signature has one layer, of type application/jose+json or application/cose',
    );
  if (manifest.subject === undefined) throw notationErrors.manifest_invalid('the signature names no subject');
  return {
    subject: manifest.subject,
    envelope,
    fingerprints: readFingerprints(manifest.annotations?.[thumbprintAnnotation]),
  };
}

function isSignature(manifest: Manifest & { readonly kind: 'image' }): boolean {
  return manifest.artifactType === undefined
    ? manifest.config.mediaType === signatureType
    : manifest.artifactType === signatureType && manifest.config.mediaType === EMPTY_TYPE;
}

function isEnvelope(layer: Descriptor): layer is SignatureManifest['envelope'] {
  return layer.mediaType === 'application/jose+json' || layer.mediaType === 'application/cose';
}

function readFingerprints(text: string | undefined): readonly string[] {
  const list = text === undefined ? undefined : parseJson(text);
  if (!Array.isArray(list) || !list.every(isFingerprint))
    throw notationErrors.manifest_invalid(`${thumbprintAnnotation} is not a list of SHA-256 in hexadecimal`);
  return list.map((item) => item.toLowerCase());
}

function isFingerprint(value: unknown): value is string {
  return typeof value === 'string' && /^[0-9a-fA-F]{64}$/.test(value);
}

function describe(mediaType: string, bytes: Uint8Array): object {
  return formatDescriptor({
    mediaType,
    digest: digestOf(bytes),
    sizeBytes: bytes.byteLength,
  });
}
