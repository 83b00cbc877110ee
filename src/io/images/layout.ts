// An OCI image layout in a folder (image-spec image-layout.md), as source and as target.
// Invariant: what is written is temporary, synced and renamed, blobs before the index.json that names them; other
// images of the folder stay. Links that lead out of the folder are not followed.
import { createReadStream } from 'node:fs';
import { mkdir, readFile, realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import type { Descriptor } from '../../formats/oci/descriptor.ts';
import { type Digest, digestAlgorithm } from '../../formats/oci/digest.ts';
import { parseManifest } from '../../formats/oci/manifest.ts';
import { collectBytes } from '../../kit/bytes.ts';
import { limits } from '../../kit/limits.ts';
import { imageErrors } from './errors.ts';
import { reason, writeDurably, writing } from './layout/durable-file.ts';
import { addToLayout, findTag, parseLayoutIndex } from './layout/index-document.ts';
import { blobPath, createLayoutSource, type LayoutPlace } from './layout/layout-source.ts';
import type { ImageSource, ImageTarget } from './source.ts';
import { checkBytes, verifiedBytes } from './verify.ts';

export interface LayoutName {
  readonly folder: string;
  readonly tag?: string;
  readonly digest?: Digest;
}

/** Opens a layout folder; `images.place_unreadable` where there is none. */
export async function openLayoutSource({ folder, tag, digest }: LayoutName): Promise<ImageSource> {
  const root = await realpath(folder).catch((error: unknown) => {
    throw imageErrors.place_unreadable(`${folder} cannot be read: ${reason(error)}`, { cause: error });
  });
  const isLayout = await stat(join(root, 'oci-layout')).catch(() => undefined);
  if (isLayout === undefined)
    throw imageErrors.place_unreadable(`${folder} is not an OCI layout: it has no oci-layout file`);
  const name = `oci:${folder}${tag === undefined ? '' : `:${tag}`}${digest === undefined ? '' : `@${digest}`}`;
  return createLayoutSource(folderPlace(root), { name, ...(tag && { tag }), ...(digest && { digest }) });
}

function folderPlace(root: string): LayoutPlace {
  return {
    async open(path, offsetBytes = 0) {
      const real = await realpath(join(root, path)).catch((error: unknown) => {
        if (reason(error) === 'ENOENT') throw imageErrors.missing(`${join(root, path)} is not there`);
        throw imageErrors.place_unreadable(`${join(root, path)} cannot be read: ${reason(error)}`, {
          cause: error,
        });
      });
      if (!real.startsWith(root + sep))
        throw imageErrors.place_unreadable(`${join(root, path)} is a link that leads out of the layout`);
      return createReadStream(real, { start: offsetBytes, highWaterMark: 256 * 1024 });
    },
    close: async () => {},
  };
}

/** Opens a folder to write one image into; makes it where it is absent. A digest instead of a tag leaves it unnamed. */
export async function openLayoutTarget({
  folder,
  tag,
}: Pick<LayoutName, 'folder' | 'tag'>): Promise<ImageTarget> {
  await writing(folder, mkdir(join(folder, 'blobs', 'sha256'), { recursive: true }));
  const named: { descriptor: Descriptor; tag?: string }[] = [];
  const at = (digest: Digest): string => join(folder, blobPath(digest));

  async function hasBlob({ digest, sizeBytes }: Descriptor): Promise<boolean> {
    const there = await stat(at(digest)).catch(() => undefined);
    return there?.isFile() === true && there.size === sizeBytes;
  }

  async function writeBlob(digest: Digest, bytes: Parameters<typeof writeDurably>[1]): Promise<void> {
    if (digestAlgorithm(digest) !== 'sha256')
      await writing(folder, mkdir(join(folder, 'blobs', digestAlgorithm(digest)), { recursive: true }));
    await writeDurably(at(digest), bytes);
  }

  return {
    name: `oci:${folder}${tag === undefined ? '' : `:${tag}`}`,
    hasBlob,
    async putBlob(descriptor, source) {
      await writeBlob(descriptor.digest, verifiedBytes(await source(), descriptor));
    },
    async putManifest({ descriptor, bytes }, isRoot) {
      checkBytes(bytes, descriptor);
      await writeBlob(descriptor.digest, [bytes]);
      if (isRoot) named.push({ descriptor, ...(tag === undefined ? {} : { tag }) });
      // Referrers are found through index.json, where they stand without a name.
      else {
        const { subject, artifactType } = parseManifest(bytes, descriptor.mediaType);
        if (subject !== undefined)
          named.push({ descriptor: { ...descriptor, ...(artifactType && { artifactType }) } });
      }
    },
    async readTag(other) {
      const path = join(folder, 'index.json');
      const index = await readIndex(path);
      const own = named.findLast((entry) => entry.tag === other)?.descriptor;
      const found = own ?? (index && findTag(parseLayoutIndex(index, folder), other));
      if (found === undefined) return undefined;
      const bytes = await collectBytes(
        createReadStream(at(found.digest)),
        limits.manifestBytes,
        imageErrors.damaged,
      );
      checkBytes(bytes, found);
      return { descriptor: found, bytes };
    },
    async writeTag(other, { descriptor, bytes }) {
      checkBytes(bytes, descriptor);
      await writeBlob(descriptor.digest, [bytes]);
      const { mediaType, digest, sizeBytes } = descriptor;
      named.push({ descriptor: { mediaType, digest, sizeBytes }, tag: other });
    },
    async finish() {
      await writeDurably(join(folder, 'oci-layout'), [Buffer.from('{"imageLayoutVersion":"1.0.0"}')]);
      const path = join(folder, 'index.json');
      let index = await readIndex(path);
      for (const entry of named) index = addToLayout(index, folder, entry.descriptor, entry.tag);
      if (index !== undefined) await writeDurably(path, [index]);
    },
    [Symbol.asyncDispose]: async () => {},
  };
}

async function readIndex(path: string): Promise<Uint8Array | undefined> {
  return readFile(path).catch((error: unknown) => {
    if (reason(error) === 'ENOENT') return undefined;
    throw imageErrors.place_unreadable(`${path} cannot be read: ${reason(error)}`, { cause: error });
  });
}
