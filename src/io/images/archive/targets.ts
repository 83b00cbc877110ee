// Archives written: an OCI layout in a tar (oci-archive), and what `docker load` and `podman load` read
// (docker-archive: one image, layers unpacked, so that each layer's file is named by its diffID).
import { createReadStream, createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { decompress } from '../../../formats/archive/compression.ts';
import { parseConfig } from '../../../formats/oci/config.ts';
import { createRunningDigest, type Digest, digestHex } from '../../../formats/oci/digest.ts';
import { parseManifest } from '../../../formats/oci/manifest.ts';
import { isLayer } from '../../../formats/oci/media-type.ts';
import { collectBytes } from '../../../kit/bytes.ts';
import { limits } from '../../../kit/limits.ts';
import { imageErrors } from '../errors.ts';
import { addToLayout } from '../layout/index-document.ts';
import { blobPath } from '../layout/layout-source.ts';
import type { ImageTarget, RawManifest } from '../source.ts';
import { checkBytes, verifiedBytes } from '../verify.ts';
import { createTarOutput } from './tar-output.ts';

export interface ArchiveName {
  readonly file: string;
  readonly tag?: string;
}

export async function createOciArchiveTarget({ file, tag }: ArchiveName): Promise<ImageTarget> {
  const output = await createTarOutput(file);
  const present = new Set<Digest>();
  const tagged = new Map<string, RawManifest>();
  let index: Uint8Array | undefined;
  await output.add('oci-layout', 30, [Buffer.from('{"imageLayoutVersion":"1.0.0"}')]);
  return {
    name: `oci-archive:${file}`,
    hasBlob: async ({ digest }) => present.has(digest),
    async putBlob(descriptor, source) {
      if (present.has(descriptor.digest)) return;
      present.add(descriptor.digest);
      const bytes = verifiedBytes(await source(), descriptor);
      await output.add(blobPath(descriptor.digest), descriptor.sizeBytes, bytes).catch((error: unknown) => {
        present.delete(descriptor.digest);
        throw error;
      });
    },
    async putManifest({ descriptor, bytes }, isRoot) {
      checkBytes(bytes, descriptor);
      if (!present.has(descriptor.digest))
        await output.add(blobPath(descriptor.digest), bytes.byteLength, [bytes]);
      present.add(descriptor.digest);
      const { subject, artifactType } = parseManifest(bytes, descriptor.mediaType);
      if (isRoot) index = addToLayout(index, file, descriptor, tag);
      else if (subject !== undefined)
        index = addToLayout(index, file, { ...descriptor, ...(artifactType && { artifactType }) });
    },
    readTag: async (other) => tagged.get(other),
    async writeTag(other, raw) {
      const { descriptor, bytes } = raw;
      checkBytes(bytes, descriptor);
      if (!present.has(descriptor.digest))
        await output.add(blobPath(descriptor.digest), bytes.byteLength, [bytes]);
      present.add(descriptor.digest);
      tagged.set(other, raw);
      index = addToLayout(index, file, descriptor, other);
    },
    async finish() {
      if (index !== undefined) await output.add('index.json', index.byteLength, [index]);
      await output.finish();
    },
    [Symbol.asyncDispose]: () => output[Symbol.asyncDispose](),
  };
}

export async function createDockerArchiveTarget({ file, tag }: ArchiveName): Promise<ImageTarget> {
  const output = await createTarOutput(file);
  const diffIds = new Map<Digest, Digest>();
  const configs = new Map<Digest, Uint8Array>();
  const written = new Set<Digest>();
  let saved: { readonly Config: string; readonly RepoTags: string[]; readonly Layers: string[] } | undefined;

  /** A tar header needs the size first, so the unpacked layer waits beside the archive. */
  async function addLayer(digest: Digest, bytes: AsyncIterable<Uint8Array>): Promise<void> {
    const path = join(output.folder, `${digestHex(digest)}.tmp`);
    const running = createRunningDigest();
    async function* counted(): AsyncGenerator<Uint8Array> {
      for await (const chunk of decompress(bytes)) {
        running.update(chunk);
        yield chunk;
      }
    }
    try {
      await pipeline(counted(), createWriteStream(path));
      const diffId = running.digest();
      diffIds.set(digest, diffId);
      if (written.has(diffId)) return;
      written.add(diffId);
      await output.add(
        `${digestHex(diffId)}.tar`,
        running.sizeBytes,
        createReadStream(path, { highWaterMark: 256 * 1024 }),
      );
    } finally {
      await rm(path, { force: true });
    }
  }

  return {
    name: `docker-archive:${file}`,
    holdsOneImage: true,
    hasBlob: async ({ digest }) => diffIds.has(digest) || configs.has(digest),
    async putBlob(descriptor, source) {
      const bytes = verifiedBytes(await source(), descriptor);
      if (isLayer(descriptor.mediaType)) await addLayer(descriptor.digest, bytes);
      else configs.set(descriptor.digest, await collectBytes(bytes, limits.configBytes, imageErrors.damaged));
    },
    async putManifest({ descriptor, bytes }, isRoot) {
      checkBytes(bytes, descriptor);
      const manifest = parseManifest(bytes, descriptor.mediaType);
      if (manifest.kind !== 'image' || !isRoot)
        throw imageErrors.platform_needed(`${file} holds one image of one platform`);
      const config = configs.get(manifest.config.digest);
      if (config === undefined)
        throw imageErrors.missing(`${file} was not given the configuration ${manifest.config.digest}`);
      const layers = manifest.layers.map(({ digest }) => diffIds.get(digest));
      if (layers.join() !== parseConfig(config).diffIds.join())
        throw imageErrors.damaged(
          `the layers of ${descriptor.digest} do not have the diffIDs that its configuration lists`,
        );
      const configPath = `${digestHex(manifest.config.digest)}.json`;
      await output.add(configPath, config.byteLength, [config]);
      saved = {
        Config: configPath,
        RepoTags: tag === undefined ? [] : [tag.includes(':') ? tag : `${tag}:latest`],
        Layers: (layers as Digest[]).map((diffId) => `${digestHex(diffId)}.tar`),
      };
    },
    async finish() {
      if (saved === undefined) throw imageErrors.missing(`${file} was given no image`);
      const manifest = Buffer.from(JSON.stringify([saved]));
      await output.add('manifest.json', manifest.byteLength, [manifest]);
      await output.finish();
    },
    [Symbol.asyncDispose]: () => output[Symbol.asyncDispose](),
  };
}
