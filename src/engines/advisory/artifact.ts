// A published advisory store as an OCI artifact (image-spec manifest.md "Guidelines for Artifact Usage"): an
// empty config, the full pack as first layer, then deltas from stores of before, newest first. What its
// annotations say is for people and for choosing; what counts is checked on the pack itself.
import { type Descriptor, formatDescriptor } from '../../formats/oci/descriptor.ts';
import { type Digest, digestOf } from '../../formats/oci/digest.ts';
import { parseManifest } from '../../formats/oci/manifest.ts';
import { mediaTypes } from '../../formats/oci/media-type.ts';
import { advisoryErrors } from '../../io/advisories/errors.ts';
import { isFingerprint } from '../../io/advisories/fingerprint.ts';
import type { FeedRow } from '../../io/advisories/store.ts';
import type { ImageSource, RawManifest } from '../../io/images/source.ts';
import { formatSize } from '../../kit/bytes.ts';
import { formatInstant } from '../../kit/clock.ts';
import { limits } from '../../kit/limits.ts';

export interface ArtifactDelta {
  /** The fingerprint of the store that it is laid over. */
  readonly from: string;
  readonly layer: Descriptor;
}

export interface AdvisoryArtifact {
  /** Of the manifest. */
  readonly digest: Digest;
  readonly manifestBytes: number;
  /** Of the store in it. */
  readonly fingerprint: string;
  readonly full: Descriptor;
  /** Newest first. */
  readonly deltas: readonly ArtifactDelta[];
}

export const artifactType = 'application/vnd.plimsoll.advisories.v1';
export const packType = 'application/vnd.plimsoll.advisories.pack.v1+zstd';
export const deltaType = 'application/vnd.plimsoll.advisories.delta.v1+zstd';

const NAME = 'dev.plimsoll.advisories';
const FROM = `${NAME}.from`;
const FINGERPRINT = `${NAME}.fingerprint`;

/** The config of an artifact that has none: `{}` (image-spec "Guidance for an Empty Descriptor"). */
export const emptyConfig = Object.freeze({
  bytes: Buffer.from('{}'),
  descriptor: Object.freeze<Descriptor>({
    mediaType: mediaTypes.ociEmpty,
    digest: digestOf('{}'),
    sizeBytes: 2,
  }),
});

export interface FeedSpan {
  /** When the feed that waited longest was refreshed; undefined where there is no feed. */
  readonly oldestAt: number | undefined;
  readonly newestAt: number | undefined;
  readonly records: number;
}

export function spanFeeds(feeds: readonly FeedRow[]): FeedSpan {
  const times = feeds.map(({ refreshedAt }) => refreshedAt).sort((a, b) => a - b);
  return {
    oldestAt: times[0],
    newestAt: times.at(-1),
    records: feeds.reduce((sum, { records }) => sum + records, 0),
  };
}

/** The artifact that the source names. `advisories.artifact_foreign`, `advisories.pack_damaged`, and the source's errors. */
export async function readArtifact(source: ImageSource): Promise<AdvisoryArtifact> {
  const { descriptor, bytes } = await source.root();
  const manifest = parseManifest(bytes, descriptor.mediaType);
  if (manifest.kind !== 'image' || manifest.artifactType !== artifactType)
    throw advisoryErrors.artifact_foreign(
      `${source.name} is ${manifest.kind === 'index' ? 'an index of images' : describeType(manifest.artifactType)}, not a published advisory store`,
    );
  const fingerprint = manifest.annotations?.[FINGERPRINT];
  const [full, ...more] = manifest.layers;
  if (full?.mediaType !== packType || !isFingerprint(fingerprint))
    throw advisoryErrors.pack_damaged(`${source.name} lacks its full pack or its fingerprint`);
  for (const layer of manifest.layers)
    if (layer.sizeBytes > limits.advisoryPackBytes)
      throw advisoryErrors.pack_damaged(
        `a pack of ${source.name} is ${formatSize(layer.sizeBytes)}, over ${formatSize(limits.advisoryPackBytes)}`,
      );
  const deltas = more.flatMap((layer) => {
    const from = layer.annotations?.[FROM];
    return layer.mediaType === deltaType && isFingerprint(from) ? [{ from, layer }] : [];
  });
  const { digest } = descriptor;
  return { digest, manifestBytes: bytes.byteLength, fingerprint, full, deltas };
}

function describeType(type: string | undefined): string {
  return type === undefined ? 'an image' : `an artifact of type ${type.slice(0, 100)}`;
}

/** The manifest of a store with these feeds. */
export function formatArtifact(parts: {
  readonly fingerprint: string;
  readonly feeds: readonly FeedRow[];
  readonly full: Descriptor;
  readonly deltas: readonly ArtifactDelta[];
  readonly createdAt: number;
}): RawManifest {
  const { fingerprint, feeds, full, deltas, createdAt } = parts;
  const { oldestAt, newestAt, records } = spanFeeds(feeds);
  const annotations = {
    [FINGERPRINT]: fingerprint,
    [`${NAME}.feeds`]: feeds.map(({ feed }) => feed).join(','),
    [`${NAME}.records`]: String(records),
    ...(oldestAt === undefined ? {} : { [`${NAME}.oldest`]: formatInstant(oldestAt) }),
    ...(newestAt === undefined ? {} : { [`${NAME}.newest`]: formatInstant(newestAt) }),
    'org.opencontainers.image.created': formatInstant(createdAt),
    'org.opencontainers.image.title': 'Plimsoll advisories',
  };
  const layers = [
    full,
    ...deltas.map(({ from, layer }): Descriptor => ({ ...layer, annotations: { [FROM]: from } })),
  ];
  const bytes = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: mediaTypes.ociManifest,
      artifactType,
      config: formatDescriptor(emptyConfig.descriptor),
      layers: layers.map(formatDescriptor),
      annotations,
    }),
  );
  const descriptor = {
    mediaType: mediaTypes.ociManifest,
    digest: digestOf(bytes),
    sizeBytes: bytes.byteLength,
    artifactType,
  };
  return { descriptor, bytes };
}
