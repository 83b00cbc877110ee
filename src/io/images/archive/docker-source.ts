// `docker save` and `podman save` archives (moby image/spec v1.2, "Combined Image JSON + Filesystem Changeset
// Format"): manifest.json names a configuration and layers. They have no OCI manifest, so one is made, with the
// digests that the files have; the same archive always gives the same manifest.
import type { Readable } from 'node:stream';
import { detectCompression } from '../../../formats/archive/compression.ts';
import { safePath } from '../../../formats/archive/safe-path.ts';
import { parseConfig } from '../../../formats/oci/config.ts';
import { type Descriptor, formatDescriptor } from '../../../formats/oci/descriptor.ts';
import { createRunningDigest, type Digest, digestOf, isDigest } from '../../../formats/oci/digest.ts';
import { mediaTypes } from '../../../formats/oci/media-type.ts';
import { collectBytes, decodeUtf8 } from '../../../kit/bytes.ts';
import { isJsonObject, type Json, parseJson } from '../../../kit/json.ts';
import { limits } from '../../../kit/limits.ts';
import { imageErrors } from '../errors.ts';
import { isSameName } from '../layout/index-document.ts';
import type { ImageSource, RawManifest } from '../source.ts';
import type { TarIndex } from './tar-index.ts';

interface SavedImage {
  readonly configPath: string;
  readonly repoTags: readonly string[];
  readonly layerPaths: readonly string[];
}

/** Opens the image named by `tag` (`app:1.0`), or the only one. */
export async function createDockerSource(
  index: TarIndex,
  { name, tag }: { readonly name: string; readonly tag?: string },
): Promise<ImageSource> {
  const saved = chooseSaved(await readSaved(index, name), name, tag);
  const configBytes = await collectBytes(
    index.open(saved.configPath),
    limits.configBytes,
    imageErrors.damaged,
  );
  const { diffIds } = parseConfig(configBytes);
  if (diffIds.length !== saved.layerPaths.length)
    throw imageErrors.damaged(
      `${name} lists ${saved.layerPaths.length} layers, its configuration ${diffIds.length}`,
    );
  const paths = new Map<Digest, string>();
  const layers: Descriptor[] = [];
  for (const [position, path] of saved.layerPaths.entries()) {
    const layer = await describeLayer(index, path, diffIds[position] as Digest);
    paths.set(layer.digest, path);
    layers.push(layer);
  }
  const config = {
    mediaType: mediaTypes.ociConfig,
    digest: digestOf(configBytes),
    sizeBytes: configBytes.byteLength,
  };
  paths.set(config.digest, saved.configPath);
  const root = formatManifest(config, layers);
  return {
    name,
    root: async () => root,
    async manifest({ digest }) {
      if (digest === root.descriptor.digest) return root;
      throw imageErrors.missing(`${name} has no manifest ${digest}`);
    },
    async blob({ digest }, offsetBytes): Promise<Readable> {
      const path = paths.get(digest);
      if (path === undefined) throw imageErrors.missing(`${name} has no blob ${digest}`);
      return index.open(path, offsetBytes);
    },
    referrers: async () => [],
    [Symbol.asyncDispose]: () => index.close(),
  };
}

async function readSaved(index: TarIndex, name: string): Promise<readonly SavedImage[]> {
  if (index.sizeOf('manifest.json') === undefined)
    throw imageErrors.damaged(`${name} is not an image archive: it has no manifest.json`);
  const text = decodeUtf8(
    await collectBytes(index.open('manifest.json'), limits.manifestBytes, imageErrors.damaged),
  );
  const value = text === undefined ? undefined : parseJson(text);
  if (!Array.isArray(value)) throw imageErrors.damaged(`manifest.json of ${name} is not a list`);
  return value.map((item: Json) => {
    const configPath =
      isJsonObject(item) && typeof item.Config === 'string' ? safePath(item.Config) : undefined;
    if (!isJsonObject(item) || !configPath)
      throw imageErrors.damaged(`manifest.json of ${name} has an image without a Config`);
    return {
      configPath,
      repoTags: texts(item.RepoTags),
      layerPaths: texts(item.Layers).map((path) => safePath(path) ?? ''),
    };
  });
}

function texts(value: Json | undefined): readonly string[] {
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : [];
}

function chooseSaved(all: readonly SavedImage[], name: string, tag?: string): SavedImage {
  const found =
    tag === undefined ? all : all.filter(({ repoTags }) => repoTags.some((own) => isSameName(own, tag)));
  if (found.length === 1) return found[0] as SavedImage;
  const names = all.flatMap(({ repoTags }) => repoTags);
  const list = names.length === 0 ? 'its images have no names' : `there is ${names.slice(0, 20).join(', ')}`;
  if (found.length > 1) throw imageErrors.ambiguous(`${name} holds several images; ${list}`);
  throw imageErrors.missing(`${name} has no image ${tag ?? ''}; ${list}`);
}

/** A plain layer's digest is its diffID, checked when it is read; a compressed one is hashed now. */
async function describeLayer(index: TarIndex, path: string, diffId: Digest): Promise<Descriptor> {
  const sizeBytes = index.sizeOf(path);
  if (sizeBytes === undefined)
    throw imageErrors.damaged(`the archive lists layer ${path}, but does not have it`);
  const named = `sha256:${path.slice('blobs/sha256/'.length)}`;
  let head: Uint8Array = new Uint8Array(0);
  const stream = index.open(path);
  for await (const chunk of stream as AsyncIterable<Uint8Array>) {
    head = chunk;
    break;
  }
  const compression = detectCompression(head);
  if (compression === 'plain') return { mediaType: mediaTypes.ociLayer, digest: diffId, sizeBytes };
  const mediaType = compression === 'zstd' ? mediaTypes.ociLayerZstd : mediaTypes.ociLayerGzip;
  if (path.startsWith('blobs/sha256/') && isDigest(named)) return { mediaType, digest: named, sizeBytes };
  const running = createRunningDigest();
  for await (const chunk of index.open(path) as AsyncIterable<Uint8Array>) running.update(chunk);
  return { mediaType, digest: running.digest(), sizeBytes };
}

function formatManifest(config: Descriptor, layers: readonly Descriptor[]): RawManifest {
  const mediaType = mediaTypes.ociManifest;
  const document = {
    schemaVersion: 2,
    mediaType,
    config: formatDescriptor(config),
    layers: layers.map(formatDescriptor),
  };
  const bytes = Buffer.from(JSON.stringify(document));
  return { bytes, descriptor: { mediaType, digest: digestOf(bytes), sizeBytes: bytes.byteLength } };
}
