// Small images made for tests: layers from lists of members, a configuration, manifests, an index, a referrer.
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { formatTar } from '../../formats/archive/tar-writer.ts';
import { type Descriptor, formatDescriptor } from '../../formats/oci/descriptor.ts';
import { type Digest, digestOf } from '../../formats/oci/digest.ts';
import { mediaTypes } from '../../formats/oci/media-type.ts';
import {
  addOldLayer,
  formatOldLayer,
  formatSimpleSigning,
  oldTagOf,
} from '../../formats/sigstore/old-manifest.ts';
import type { MemoryPlace } from './memory.ts';
import type { RawManifest } from './source.ts';

/** `path` alone is an empty file, `path/` a folder; `link` a symbolic, `hard` a hard link. */
export interface FixtureMember {
  readonly path: string;
  readonly body?: string;
  readonly link?: string;
  readonly hard?: string;
  readonly mode?: number;
}

export function formatLayer(members: readonly FixtureMember[]): Uint8Array {
  return formatTar(
    members.map(({ path, body, link, hard, mode = 0o644 }) => ({
      kind:
        link !== undefined
          ? 'symlink'
          : hard !== undefined
            ? 'hardlink'
            : path.endsWith('/')
              ? 'folder'
              : 'file',
      path: path.replace(/\/$/, ''),
      linkPath: link ?? hard ?? '',
      mode,
      mtimeSeconds: 0,
      body: Buffer.from(body ?? ''),
    })),
  );
}

export type FixtureCompression = 'plain' | 'gzip' | 'zstd';

const LAYER_TYPES = {
  plain: mediaTypes.ociLayer,
  gzip: mediaTypes.ociLayerGzip,
  zstd: mediaTypes.ociLayerZstd,
} as const;

/** Puts a blob into the place. */
export function addBlob(place: MemoryPlace, bytes: Uint8Array, mediaType: string): Descriptor {
  const digest = digestOf(bytes);
  place.blobs.set(digest, bytes);
  return { mediaType, digest, sizeBytes: bytes.byteLength };
}

export function addLayer(
  place: MemoryPlace,
  tar: Uint8Array,
  compression: FixtureCompression = 'gzip',
): Descriptor {
  const bytes =
    compression === 'plain' ? tar : compression === 'gzip' ? gzipSync(tar) : zstdCompressSync(tar);
  return addBlob(place, bytes, LAYER_TYPES[compression]);
}

/** Puts a manifest of these members into the place. */
export function addManifest(place: MemoryPlace, document: Record<string, unknown>): RawManifest {
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, ...document }));
  const descriptor = {
    mediaType: String(document.mediaType),
    digest: digestOf(bytes),
    sizeBytes: bytes.byteLength,
  };
  const raw = { descriptor, bytes };
  place.manifests.set(descriptor.digest, raw);
  return raw;
}

/** An image of these layers, oldest first. */
export function addImage(
  place: MemoryPlace,
  tars: readonly Uint8Array[],
  options: {
    architecture?: string;
    compression?: FixtureCompression;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
    history?: readonly { created_by: string; empty_layer?: boolean }[];
  } = {},
): RawManifest {
  const { architecture = 'amd64', compression = 'gzip', labels, annotations, history } = options;
  const layers = tars.map((tar) => addLayer(place, tar, compression));
  const diffIds: Digest[] = tars.map((tar) => digestOf(tar));
  const config = {
    os: 'linux',
    architecture,
    config: labels === undefined ? {} : { Labels: labels },
    rootfs: { type: 'layers', diff_ids: diffIds },
    ...(history === undefined ? {} : { history }),
  };
  return addManifest(place, {
    mediaType: mediaTypes.ociManifest,
    config: formatDescriptor(addBlob(place, Buffer.from(JSON.stringify(config)), mediaTypes.ociConfig)),
    layers: layers.map(formatDescriptor),
    ...(annotations === undefined ? {} : { annotations }),
  });
}

/** An index of images by platform (`linux/arm64`), with an attestation manifest among them. */
export function addIndex(
  place: MemoryPlace,
  children: readonly (readonly [string, RawManifest])[],
): RawManifest {
  const attestation = addImage(place, [formatLayer([{ path: 'attestation' }])], { architecture: 'unknown' });
  const all = [['unknown/unknown', attestation] as const, ...children];
  return addManifest(place, {
    mediaType: mediaTypes.ociIndex,
    manifests: all.map(([platform, { descriptor }]) => {
      const [os = '', architecture = ''] = platform.split('/');
      return formatDescriptor({ ...descriptor, platform: { os, architecture } });
    }),
  });
}

/** Something signed or noted about a manifest. */
export function addReferrer(place: MemoryPlace, subject: RawManifest, note: string): RawManifest {
  const empty = addBlob(place, Buffer.from('{}'), mediaTypes.ociEmpty);
  return addManifest(place, {
    mediaType: mediaTypes.ociManifest,
    artifactType: 'application/vnd.example.note',
    config: formatDescriptor(empty),
    layers: [formatDescriptor(addBlob(place, Buffer.from(note), 'text/plain'))],
    subject: formatDescriptor(subject.descriptor),
    annotations: { note },
  });
}

/** A signature from before referrers by somebody who is told from others by a number; to be named by its tag. */
export function addOldSignature(
  place: MemoryPlace,
  { descriptor }: RawManifest,
  signer: number,
): { readonly tag: string; readonly raw: RawManifest } {
  const { digest } = descriptor;
  const payload = formatSimpleSigning({ digest, name: 'example.org/app' });
  const layer = formatOldLayer('simpleSigning', payload, { signature: Uint8Array.of(signer) });
  const made = addOldLayer(undefined, layer);
  if (made === undefined) throw new Error('the first is always added');
  addBlob(place, payload, layer.mediaType);
  addBlob(place, made.config, mediaTypes.ociConfig);
  const raw = addManifest(place, JSON.parse(Buffer.from(made.manifest).toString()));
  return { tag: oldTagOf(digest, 'sig'), raw };
}
