// Signatures as cosign kept them before bundles, written (sigstore/cosign specs/SIGNATURE_SPEC.md): what is signed, the
// layer that holds it, and the manifest under `sha256-….sig` or `.att`, to which a layer is added beside all that stand
// there already. Who reads: old-signature.ts, and every client of before.
import { decodeUtf8 } from '../../kit/bytes.ts';
import { isJsonObject, type Json, type JsonObject, parseJson, stableJson } from '../../kit/json.ts';
import { limits } from '../../kit/limits.ts';
import { formatDescriptor } from '../oci/descriptor.ts';
import { type Digest, digestAlgorithm, digestHex, digestOf } from '../oci/digest.ts';
import { parseManifest } from '../oci/manifest.ts';
import { mediaTypes } from '../oci/media-type.ts';
import { formatPem } from '../x509/certificate-pem.ts';
import { sigstoreErrors } from './errors.ts';
import { type OldSignatureLayer, oldMediaTypes } from './old-signature.ts';

/** The tag of a manifest's old signatures or attestations. */
export function oldTagOf(digest: Digest, kind: 'sig' | 'att' | 'sbom'): string {
  return `${digestAlgorithm(digest)}-${digestHex(digest)}.${kind}`.slice(0, limits.tagChars);
}

/** Byte for byte as Go's encoder writes it; `name` is `HOST/REPOSITORY`. */
export function formatSimpleSigning({ digest, name }: { readonly digest: Digest; readonly name: string }) {
  return Buffer.from(
    JSON.stringify({
      critical: {
        identity: { 'docker-reference': name },
        image: { 'docker-manifest-digest': digest },
        type: 'cosign container image signature',
      },
      optional: null,
    }),
  );
}

const SIGNATURE = 'dev.cosignproject.cosign/signature';

export interface OldProofs {
  /** Over the payload; of an envelope empty, since it holds its own. */
  readonly signature?: Uint8Array;
  readonly certificate?: Uint8Array;
  /** TimeStampResp over the signature, or over the whole envelope. */
  readonly timestamp?: Uint8Array;
  readonly predicateType?: string;
}

export function formatOldLayer(
  mediaType: keyof typeof oldMediaTypes,
  bytes: Uint8Array,
  { signature, certificate, timestamp, predicateType }: OldProofs,
): OldSignatureLayer {
  return {
    mediaType: oldMediaTypes[mediaType],
    bytes,
    annotations: {
      [SIGNATURE]: base64(signature ?? new Uint8Array(0)),
      ...(predicateType === undefined ? {} : { predicateType }),
      ...(certificate === undefined
        ? {}
        : { 'dev.sigstore.cosign/certificate': formatPem([certificate]), 'dev.sigstore.cosign/chain': '' }),
      ...(timestamp === undefined
        ? {}
        : {
            'dev.sigstore.cosign/rfc3161timestamp': JSON.stringify({
              SignedRFC3161Timestamp: base64(timestamp),
            }),
          }),
    },
  };
}

/** DSSE's envelope as a blob. */
export function formatEnvelope(envelope: {
  readonly payloadType: string;
  readonly payload: Uint8Array;
  readonly signature: Uint8Array;
}): Uint8Array {
  const { payloadType, payload, signature } = envelope;
  return Buffer.from(
    JSON.stringify({
      payloadType,
      payload: base64(payload),
      signatures: [{ keyid: '', sig: base64(signature) }],
    }),
  );
}

export interface OldManifest {
  readonly manifest: Uint8Array;
  readonly config: Uint8Array;
}

/**
 * The manifest with the layer behind those of `present`, which stay as they are, bytes and annotations; undefined where
 * it is there already. `sigstore.signature_invalid` where `present` is something else, or has too many already
 * (`limits.oldSignatures`).
 */
export function addOldLayer(
  present: Uint8Array | undefined,
  { mediaType, bytes, annotations }: OldSignatureLayer,
): OldManifest | undefined {
  const added = { mediaType, digest: digestOf(bytes), sizeBytes: bytes.byteLength, annotations };
  return addLayers(present === undefined ? [] : readLayers(present), [formatDescriptor(added)]);
}

/** The same with all layers of another such manifest. */
export function joinOldManifests(present: Uint8Array, other: Uint8Array): OldManifest | undefined {
  return addLayers(readLayers(present), readLayers(other));
}

function addLayers(before: readonly JsonObject[], more: readonly JsonObject[]): OldManifest | undefined {
  const known = new Set(before.map(nameOf));
  const added = more.filter((layer) => !known.has(nameOf(layer)));
  if (added.length === 0) return undefined;
  const layers = [...before, ...added];
  if (layers.length > limits.oldSignatures)
    throw sigstoreErrors.signature_invalid(
      `there would be ${layers.length} signatures, and ${limits.oldSignatures} are read`,
    );
  const config = formatConfig(layers.map(({ digest = '' }) => digest));
  const manifest = {
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    config: { mediaType: mediaTypes.ociConfig, digest: digestOf(config), size: config.byteLength },
    layers,
  };
  return { manifest: Buffer.from(JSON.stringify(manifest)), config };
}

/** One payload may be signed by many: what tells their layers apart is the signature. */
function nameOf({ digest, annotations }: JsonObject): string {
  return stableJson([digest, isJsonObject(annotations) ? (annotations[SIGNATURE] ?? '') : '']);
}

/** As they stand there: members that are not known here stay too. */
function readLayers(bytes: Uint8Array): readonly JsonObject[] {
  const manifest = parseManifest(bytes);
  const value = parseJson(decodeUtf8(bytes) ?? '');
  const layers = isJsonObject(value) ? value.layers : undefined;
  const known: readonly string[] = Object.values(oldMediaTypes);
  const other =
    manifest.kind === 'image' ? manifest.layers.find(({ mediaType }) => !known.includes(mediaType)) : 0;
  if (other !== undefined || !Array.isArray(layers))
    throw sigstoreErrors.signature_invalid('what stands there is no manifest of signatures');
  return layers.filter((layer) => isJsonObject(layer));
}

/** As cosign writes it: an image's config that says nothing, with a diffID for each layer. */
function formatConfig(diffIds: readonly Json[]): Uint8Array {
  const created = '0001-01-01T00:00:00Z';
  return Buffer.from(
    JSON.stringify({
      architecture: '',
      created,
      history: diffIds.map(() => ({ created })),
      os: '',
      rootfs: { type: 'layers', diff_ids: diffIds },
      config: {},
    }),
  );
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}
