// An image in an OCI layout, wherever the layout's files are: in a folder or inside a tar archive.
import type { Readable } from 'node:stream';
import type { Descriptor } from '../../../formats/oci/descriptor.ts';
import { type Digest, digestAlgorithm, digestHex } from '../../../formats/oci/digest.ts';
import { parseManifest } from '../../../formats/oci/manifest.ts';
import { manifestKind } from '../../../formats/oci/media-type.ts';
import { collectBytes } from '../../../kit/bytes.ts';
import { isPlimsollError } from '../../../kit/error.ts';
import { limits } from '../../../kit/limits.ts';
import { imageErrors } from '../errors.ts';
import type { ImageSource, RawManifest } from '../source.ts';
import { checkBytes } from '../verify.ts';
import { findInLayout, findTag, parseLayoutIndex } from './index-document.ts';

/** Files by relative path. `images.missing` where one is absent. */
export interface LayoutPlace {
  open(path: string, offsetBytes?: number): Promise<Readable>;
  close(): Promise<void>;
}

export interface LayoutWish {
  /** As a person would write it. */
  readonly name: string;
  readonly tag?: string;
  readonly digest?: Digest;
}

export function createLayoutSource(place: LayoutPlace, wish: LayoutWish): ImageSource {
  const { name } = wish;

  async function entries(): Promise<readonly Descriptor[]> {
    return parseLayoutIndex(await readSmall(place, 'index.json', limits.manifestBytes), name);
  }

  async function readManifest(descriptor: Pick<Descriptor, 'digest' | 'mediaType'>): Promise<RawManifest> {
    const bytes = await readSmall(place, blobPath(descriptor.digest), limits.manifestBytes);
    checkBytes(bytes, descriptor);
    return { descriptor: { ...descriptor, sizeBytes: bytes.byteLength }, bytes };
  }

  return {
    name,
    async root() {
      const found = findInLayout(await entries(), wish);
      return readManifest(found);
    },
    manifest: readManifest,
    async readTag(tag) {
      const found = findTag(await entries(), tag);
      return found === undefined ? undefined : readManifest(found);
    },
    blob: (descriptor, offsetBytes) => place.open(blobPath(descriptor.digest), offsetBytes),
    async referrers(digest) {
      const found: Descriptor[] = [];
      for (const entry of await entries()) {
        if (manifestKind(entry.mediaType) === undefined || entry.digest === digest) continue;
        const raw = await readManifest(entry).catch((error: unknown) => {
          if (isPlimsollError(error, { code: 'images.missing' })) return undefined;
          throw error;
        });
        const referrer = raw && readReferrer(raw, digest);
        if (referrer !== undefined) found.push(referrer);
      }
      return found;
    },
    [Symbol.asyncDispose]: () => place.close(),
  };
}

/** The descriptor as a registry's referrers list would give it, where the manifest has this subject. */
export function readReferrer({ bytes, descriptor }: RawManifest, subject: Digest): Descriptor | undefined {
  const manifest = parseManifest(bytes, descriptor.mediaType);
  if (manifest.subject?.digest !== subject) return undefined;
  const artifactType =
    manifest.artifactType ?? (manifest.kind === 'image' ? manifest.config.mediaType : undefined);
  return {
    mediaType: descriptor.mediaType,
    digest: descriptor.digest,
    sizeBytes: bytes.byteLength,
    ...(artifactType === undefined ? {} : { artifactType }),
    ...(manifest.annotations === undefined ? {} : { annotations: manifest.annotations }),
  };
}

export function blobPath(digest: Digest): string {
  return `blobs/${digestAlgorithm(digest)}/${digestHex(digest)}`;
}

async function readSmall(place: LayoutPlace, path: string, limitBytes: number): Promise<Uint8Array> {
  return collectBytes(await place.open(path), limitBytes, imageErrors.damaged);
}
