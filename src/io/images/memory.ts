// A place for images in memory: for tests of whatever takes an ImageSource or ImageTarget.
import { Readable } from 'node:stream';
import type { Descriptor } from '../../formats/oci/descriptor.ts';
import { type Digest, isDigest } from '../../formats/oci/digest.ts';
import { collectBytes } from '../../kit/bytes.ts';
import { limits } from '../../kit/limits.ts';
import { imageErrors } from './errors.ts';
import { readReferrer } from './layout/layout-source.ts';
import type { ImageSource, ImageTarget, RawManifest } from './source.ts';
import { checkBytes, verifiedBytes } from './verify.ts';

export interface MemoryPlace {
  readonly blobs: Map<Digest, Uint8Array>;
  readonly manifests: Map<Digest, RawManifest>;
  /** Tag -> root. */
  readonly tags: Map<string, Digest>;
  source(tag: string): ImageSource;
  target(tag: string): ImageTarget;
}

export function createMemoryPlace(): MemoryPlace {
  const blobs = new Map<Digest, Uint8Array>();
  const manifests = new Map<Digest, RawManifest>();
  const tags = new Map<string, Digest>();

  async function manifest({ digest }: Pick<Descriptor, 'digest'>): Promise<RawManifest> {
    const raw = manifests.get(digest);
    if (raw === undefined) throw imageErrors.missing(`memory has no manifest ${digest}`);
    checkBytes(raw.bytes, { digest });
    return raw;
  }

  async function readTag(tag: string, other: string): Promise<RawManifest | undefined> {
    const digest = tags.get(siblingOf(tag, other));
    return digest === undefined ? undefined : manifest({ digest });
  }

  return {
    blobs,
    manifests,
    tags,
    source: (tag) => ({
      name: `memory:${tag}`,
      async root() {
        const named = tag.slice(tag.lastIndexOf('@') + 1);
        const digest = tags.get(tag) ?? (isDigest(named) ? named : undefined);
        if (digest === undefined) throw imageErrors.missing(`memory has no image ${tag}`);
        return manifest({ digest });
      },
      manifest,
      async blob({ digest }, offsetBytes = 0) {
        const bytes = blobs.get(digest);
        if (bytes === undefined) throw imageErrors.missing(`memory has no blob ${digest}`);
        return Readable.from([Buffer.from(bytes).subarray(offsetBytes)], { objectMode: false });
      },
      readTag: (other) => readTag(tag, other),
      referrers: async (digest) => [...manifests.values()].flatMap((raw) => readReferrer(raw, digest) ?? []),
      [Symbol.asyncDispose]: async () => {},
    }),
    target: (tag) => ({
      name: `memory:${tag}`,
      hasBlob: async ({ digest }) => blobs.has(digest),
      async putBlob(descriptor, source) {
        const bytes = verifiedBytes(await source(), descriptor);
        blobs.set(descriptor.digest, await collectBytes(bytes, limits.wantedFilesBytes, imageErrors.damaged));
      },
      async putManifest(raw, named) {
        checkBytes(raw.bytes, raw.descriptor);
        manifests.set(raw.descriptor.digest, raw);
        if (named) tags.set(tag, raw.descriptor.digest);
      },
      readTag: (other) => readTag(tag, other),
      async writeTag(other, raw) {
        checkBytes(raw.bytes, raw.descriptor);
        manifests.set(raw.descriptor.digest, raw);
        tags.set(siblingOf(tag, other), raw.descriptor.digest);
      },
      finish: async () => {},
      [Symbol.asyncDispose]: async () => {},
    }),
  };
}

/** `host/name:1.0` and `2.0`: `host/name:2.0`; a bare tag has no repository. */
function siblingOf(tag: string, other: string): string {
  // A digest has a colon of its own.
  const bare = tag.replace(/@.*$/, '');
  const start = /^(.*):[^:/]*$/.exec(bare)?.[1] ?? (bare === tag ? undefined : bare);
  return start === undefined ? other : `${start}:${other}`;
}
