// The image configuration (image-spec config.md), as far as judging and showing an image need it.
import { decodeUtf8 } from '../../kit/bytes.ts';
import { isJsonObject, type JsonObject, parseJson } from '../../kit/json.ts';
import { type Digest, isDigest } from './digest.ts';
import { ociErrors } from './errors.ts';
import { type Platform, readPlatform } from './platform.ts';

export interface HistoryEntry {
  readonly createdAt?: string;
  readonly createdBy?: string;
  readonly comment?: string;
  /** True where the step made no layer. */
  readonly emptyLayer: boolean;
}

export interface ImageConfig {
  readonly platform?: Platform;
  /** RFC 3339 as the image says it; not trusted for anything but showing. */
  readonly createdAt?: string;
  readonly author?: string;
  /** `user`, `user:group`, `uid`, ...; empty or absent means root. */
  readonly user?: string;
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
  readonly env: readonly string[];
  readonly workingDir?: string;
  readonly exposedPorts: readonly string[];
  readonly volumes: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly stopSignal?: string;
  readonly diffIds: readonly Digest[];
  readonly history: readonly HistoryEntry[];
}

/** Parses a configuration's bytes, or throws `oci.manifest_invalid`. */
export function parseConfig(bytes: Uint8Array): ImageConfig {
  const text = decodeUtf8(bytes);
  const value = text === undefined ? undefined : parseJson(text);
  if (!isJsonObject(value)) throw ociErrors.manifest_invalid('the image configuration is not a JSON object');
  const run = isJsonObject(value.config) ? value.config : {};
  const rootfs = isJsonObject(value.rootfs) ? value.rootfs : {};
  const platform = readPlatform(value);
  return {
    ...(platform === undefined ? {} : { platform }),
    ...textMember(value, 'created', 'createdAt'),
    ...textMember(value, 'author', 'author'),
    ...textMember(run, 'User', 'user'),
    ...textMember(run, 'WorkingDir', 'workingDir'),
    ...textMember(run, 'StopSignal', 'stopSignal'),
    entrypoint: texts(run.Entrypoint),
    command: texts(run.Cmd),
    env: texts(run.Env),
    exposedPorts: keys(run.ExposedPorts),
    volumes: keys(run.Volumes),
    labels: labels(run.Labels),
    diffIds: texts(rootfs.diff_ids).filter((text): text is Digest => isDigest(text)),
    history: Array.isArray(value.history) ? value.history.filter(isJsonObject).map(readHistory) : [],
  };
}

function readHistory(value: JsonObject): HistoryEntry {
  return {
    ...textMember(value, 'created', 'createdAt'),
    ...textMember(value, 'created_by', 'createdBy'),
    ...textMember(value, 'comment', 'comment'),
    emptyLayer: value.empty_layer === true,
  };
}

function textMember<K extends string>(
  value: JsonObject,
  wire: string,
  name: K,
): { readonly [key in K]?: string } {
  const text = value[wire];
  return typeof text === 'string' && text !== '' ? ({ [name]: text } as { [key in K]: string }) : {};
}

function texts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : [];
}

function keys(value: unknown): readonly string[] {
  return isJsonObject(value) ? Object.keys(value) : [];
}

function labels(value: unknown): Readonly<Record<string, string>> {
  if (!isJsonObject(value)) return {};
  return Object.fromEntries(
    Object.entries(value).filter((pair): pair is [string, string] => typeof pair[1] === 'string'),
  );
}
