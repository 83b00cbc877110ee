// The index.json of an OCI image layout (image-spec image-layout.md): finding a name, adding one. Pure.
import { type Descriptor, formatDescriptor, readDescriptor } from '../../../formats/oci/descriptor.ts';
import type { Digest } from '../../../formats/oci/digest.ts';
import { mediaTypes } from '../../../formats/oci/media-type.ts';
import { parseReference } from '../../../formats/oci/reference.ts';
import { decodeUtf8 } from '../../../kit/bytes.ts';
import { isJsonObject, type Json, type JsonObject, parseJson } from '../../../kit/json.ts';
import { imageErrors } from '../errors.ts';

const REF_NAME = 'org.opencontainers.image.ref.name';
/** containerd and docker write the whole name beside the tag. */
const CONTAINERD_NAME = 'io.containerd.image.name';

/** cosign's tags from before referrers. */
const OLD_TAG = /^sha(?:256|512)-[0-9a-f]{64,}\.(?:sig|att|sbom)$/;

/** The entry with exactly this name; undefined where there is none. */
export function findTag(entries: readonly Descriptor[], tag: string): Descriptor | undefined {
  return entries.find(({ annotations }) => annotations?.[REF_NAME] === tag);
}

/** Entries of an index.json; `images.damaged` where it is none. */
export function parseLayoutIndex(bytes: Uint8Array, name: string): readonly Descriptor[] {
  const value = readDocument(bytes, name);
  const list: readonly Json[] = Array.isArray(value.manifests) ? value.manifests : [];
  return list.map((entry, position) => readDescriptor(entry, `index.json manifests[${position}] of ${name}`));
}

/** The entry that is meant; `images.missing` or `images.ambiguous`, both listing the names that are there. */
export function findInLayout(
  entries: readonly Descriptor[],
  wish: { readonly name: string; readonly tag?: string; readonly digest?: Digest },
): Descriptor {
  const { name, tag, digest } = wish;
  // Referrers stand in index.json without a name, beside what they refer to, old signatures under one of their own.
  const images = entries.filter(
    ({ artifactType, annotations }) =>
      (artifactType === undefined || annotations?.[REF_NAME] !== undefined) &&
      !OLD_TAG.test(annotations?.[REF_NAME] ?? ''),
  );
  const found =
    digest !== undefined
      ? entries.filter((entry) => entry.digest === digest)
      : tag !== undefined
        ? entries.filter((entry) => isNamed(entry, tag))
        : images;
  const different = new Set(found.map((entry) => entry.digest));
  if (different.size === 1) return found[0] as Descriptor;
  const there = images.map(({ annotations, digest: own }) => annotations?.[REF_NAME] ?? own);
  const list = there.length === 0 ? 'it is empty' : `there is ${there.slice(0, 20).join(', ')}`;
  if (different.size > 1) throw imageErrors.ambiguous(`${name} holds several images; ${list}`);
  throw imageErrors.missing(`${name} has no image ${tag ?? digest ?? ''}; ${list}`.replace('  ', ' '));
}

/** index.json with the entry added; others stay as they are, and the tag leaves whatever had it before. */
export function addToLayout(
  before: Uint8Array | undefined,
  name: string,
  added: Descriptor,
  tag?: string,
): Uint8Array {
  const value = before === undefined ? emptyIndex() : readDocument(before, name);
  const list: readonly Json[] = Array.isArray(value.manifests) ? value.manifests : [];
  const kept = list.filter((entry) => {
    if (!isJsonObject(entry)) return true;
    const own = isJsonObject(entry.annotations) ? entry.annotations[REF_NAME] : undefined;
    return tag === undefined ? entry.digest !== added.digest || own !== undefined : own !== tag;
  });
  const entry: JsonObject =
    tag === undefined
      ? formatDescriptor(added)
      : { ...formatDescriptor(added), annotations: { ...added.annotations, [REF_NAME]: tag } };
  return Buffer.from(JSON.stringify({ ...value, manifests: [...kept, entry] }));
}

function emptyIndex(): JsonObject {
  return { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: [] };
}

function readDocument(bytes: Uint8Array, name: string): JsonObject {
  const text = decodeUtf8(bytes);
  const value = text === undefined ? undefined : parseJson(text);
  if (!isJsonObject(value)) throw imageErrors.damaged(`index.json of ${name} is not a JSON object`);
  return value;
}

function isNamed({ annotations }: Descriptor, tag: string): boolean {
  const full = annotations?.[CONTAINERD_NAME];
  return annotations?.[REF_NAME] === tag || full === tag || (full !== undefined && isSameName(full, tag));
}

/** Whether two names mean the same repository and tag: `alpine` and `docker.io/library/alpine:latest`. */
export function isSameName(a: string, b: string): boolean {
  return a === b || (normalName(a) !== undefined && normalName(a) === normalName(b));
}

function normalName(text: string): string | undefined {
  try {
    const reference = parseReference(text);
    return reference.kind === 'registry' ? JSON.stringify(reference) : undefined;
  } catch {
    return undefined;
  }
}
