// Manifests of images and indexes: image-spec manifest.md and image-index.md, Docker schema 2 alike.
// Parsing reads what others wrote: the bytes are the truth, this is only a view of them.
import { decodeUtf8 } from '../../kit/bytes.ts';
import { isJsonObject, type JsonObject, parseJson } from '../../kit/json.ts';
import { type Descriptor, readAnnotations, readDescriptor } from './descriptor.ts';
import { ociErrors } from './errors.ts';
import { manifestKind } from './media-type.ts';

interface ManifestCommon {
  readonly mediaType: string;
  readonly artifactType?: string;
  readonly subject?: Descriptor;
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface ImageManifest extends ManifestCommon {
  readonly kind: 'image';
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
}

export interface ImageIndex extends ManifestCommon {
  readonly kind: 'index';
  readonly manifests: readonly Descriptor[];
}

export type Manifest = ImageManifest | ImageIndex;

/**
 * Parses a manifest's bytes. `declaredMediaType` is the Content-Type or descriptor type; where the
 * document names a type too, the two must agree (distribution-spec, "Pushing Manifests").
 * Throws `oci.manifest_invalid` or `oci.manifest_unsupported`.
 */
export function parseManifest(bytes: Uint8Array, declaredMediaType?: string): Manifest {
  const text = decodeUtf8(bytes);
  const value = text === undefined ? undefined : parseJson(text);
  if (!isJsonObject(value)) throw ociErrors.manifest_invalid('the manifest is not a JSON object');
  const mediaType = settleMediaType(value, declaredMediaType);
  const kind = manifestKind(mediaType);
  if (kind === undefined) throw ociErrors.manifest_unsupported(`manifests of type ${mediaType} are not kept`);
  if (value.schemaVersion !== 2) throw ociErrors.manifest_invalid('schemaVersion is not 2');
  const common = readCommon(value, mediaType);
  return kind === 'image'
    ? {
        kind,
        ...common,
        config: readDescriptor(value.config, 'config'),
        layers: readDescriptors(value.layers, 'layers'),
      }
    : { kind, ...common, manifests: readDescriptors(value.manifests, 'manifests') };
}

function settleMediaType(value: JsonObject, declared: string | undefined): string {
  const own = typeof value.mediaType === 'string' && value.mediaType !== '' ? value.mediaType : undefined;
  if (own !== undefined && declared !== undefined && own !== declared)
    throw ociErrors.manifest_invalid(`the manifest says it is ${own}, but was sent as ${declared}`);
  // Ambiguous documents could be read as an image by one client and an index by another (CVE-2021-41190).
  if ('manifests' in value && ('layers' in value || 'config' in value))
    throw ociErrors.manifest_invalid('the manifest is both an image and an index');
  const mediaType = own ?? declared;
  if (mediaType === undefined) throw ociErrors.manifest_invalid('the manifest has no media type');
  return mediaType;
}

function readCommon(value: JsonObject, mediaType: string): ManifestCommon {
  const annotations = readAnnotations(value.annotations, 'the manifest');
  const artifactType = value.artifactType;
  return {
    mediaType,
    ...(typeof artifactType === 'string' && artifactType !== '' ? { artifactType } : {}),
    ...(value.subject === undefined || value.subject === null
      ? {}
      : { subject: readDescriptor(value.subject, 'subject') }),
    ...(annotations === undefined ? {} : { annotations }),
  };
}

function readDescriptors(value: unknown, where: string): readonly Descriptor[] {
  // An empty Go slice is written as null by older clients.
  if (value === null) return [];
  if (!Array.isArray(value)) throw ociErrors.manifest_invalid(`${where} is not a list`);
  return value.map((item, position) => readDescriptor(item, `${where}[${position}]`));
}
