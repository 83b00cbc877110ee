// image-spec descriptor.md: what a digest points at. Parsed strictly, unknown members kept out.
import { isJsonObject, type JsonObject } from '../../kit/json.ts';
import { type Digest, isDigest } from './digest.ts';
import { ociErrors } from './errors.ts';
import { type Platform, readPlatform } from './platform.ts';

export interface Descriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly sizeBytes: number;
  readonly artifactType?: string;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly platform?: Platform;
  /** Embedded content, base64 decoded by nobody here: `data` is carried as it stands. */
  readonly data?: string;
  readonly urls?: readonly string[];
}

/** The descriptor, or `oci.manifest_invalid` naming `where` (e.g. `layers[2]`). */
export function readDescriptor(value: unknown, where: string): Descriptor {
  if (!isJsonObject(value)) throw ociErrors.manifest_invalid(`${where} is not a descriptor`);
  const { mediaType, digest, size } = value;
  if (typeof mediaType !== 'string' || mediaType === '')
    throw ociErrors.manifest_invalid(`${where} has no mediaType`);
  if (!isDigest(digest)) throw ociErrors.manifest_invalid(`${where} has no valid digest (sha256 or sha512)`);
  if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0)
    throw ociErrors.manifest_invalid(`${where} has no valid size`);
  const artifactType = optionalText(value, 'artifactType');
  const data = optionalText(value, 'data');
  const annotations = readAnnotations(value.annotations, where);
  const platform = value.platform === undefined ? undefined : readPlatform(value.platform);
  const urls = Array.isArray(value.urls)
    ? value.urls.filter((url): url is string => typeof url === 'string')
    : undefined;
  return {
    mediaType,
    digest,
    sizeBytes: size,
    ...(artifactType === undefined ? {} : { artifactType }),
    ...(annotations === undefined ? {} : { annotations }),
    ...(platform === undefined ? {} : { platform }),
    ...(data === undefined ? {} : { data }),
    ...(urls === undefined ? {} : { urls }),
  };
}

/** The wire spelling (`size`, not `sizeBytes`), members in the specification's order. */
export function formatDescriptor(descriptor: Descriptor): JsonObject {
  const { mediaType, digest, sizeBytes, ...rest } = descriptor;
  return { mediaType, digest, size: sizeBytes, ...(rest as JsonObject) };
}

/** String-to-string annotations, undefined where absent; anything else is `oci.manifest_invalid`. */
export function readAnnotations(value: unknown, where: string): Readonly<Record<string, string>> | undefined {
  if (value === undefined || value === null) return undefined;
  if (!isJsonObject(value) || !Object.values(value).every((text) => typeof text === 'string'))
    throw ociErrors.manifest_invalid(`${where} has annotations that are not strings`);
  return value as Record<string, string>;
}

function optionalText(value: JsonObject, key: string): string | undefined {
  const text = value[key];
  return typeof text === 'string' && text !== '' ? text : undefined;
}
