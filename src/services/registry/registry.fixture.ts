// For tests: a registry over memory, with a clock that stands still and grants for everything.
import { type Digest, digestOf } from '../../formats/oci/digest.ts';
import { mediaTypes } from '../../formats/oci/media-type.ts';
import { createMemoryBlobStore } from '../../io/blobs/memory.ts';
import type { BlobStore } from '../../io/blobs/store.ts';
import { openSqliteDatabase } from '../../io/db/sqlite.ts';
import type { ByteStream } from '../../kit/bytes.ts';
import { systemRandom } from '../../kit/clock.ts';
import { silentLog } from '../../kit/log.ts';
import type { Action, Grant } from '../hub/access.ts';
import { createBlobGate } from './blob-gate.ts';
import { type Blobs, createBlobs } from './blobs.ts';
import { createManifests, type Manifests } from './manifests.ts';
import { createPulls, type Pulls } from './pulls.ts';
import { createReferrers, type Referrers } from './referrers.ts';
import { createRepositories, type Repositories } from './repositories.ts';
import { createSentinel, type SentinelMode } from './sentinel.ts';
import { createSentinelSettings, type SentinelSettings } from './sentinel-setting.ts';
import type { RegistryStores } from './stores.ts';
import { createTagHistory, type TagHistory } from './tag-history.ts';
import { createTagHolds, type TagHolds } from './tag-holds.ts';
import { createTagLog, type TagLog } from './tag-log.ts';
import { createTags, type Tags } from './tags.ts';
import { createUploads, type Uploads } from './uploads.ts';

export interface RegistryFixture extends AsyncDisposable {
  readonly stores: RegistryStores & { readonly clock: { now(): number; time: number } };
  readonly uploads: Uploads;
  readonly blobs: Blobs;
  readonly manifests: Manifests;
  readonly tags: Tags;
  readonly tagLog: TagLog;
  readonly tagHistory: TagHistory;
  readonly tagHolds: TagHolds;
  readonly sentinelSettings: SentinelSettings;
  readonly referrers: Referrers;
  readonly repositories: Repositories;
  readonly pulls: Pulls;
  /** Pushes a blob in one go. */
  pushBlob(repository: string, content: string | Uint8Array): Promise<Digest>;
  /** Pushes an image of these layers, its config and the layers first. */
  pushImage(repository: string, tag: string, layers: readonly string[]): Promise<Digest>;
}

export async function openRegistry(
  options: {
    readonly blobs?: BlobStore;
    readonly databaseFile?: string;
    readonly sparse?: 'accept' | 'refuse';
    readonly sentinel?: SentinelMode;
  } = {},
): Promise<RegistryFixture> {
  const clock = { time: 1_000_000, now: () => clock.time };
  const database = await openSqliteDatabase(options.databaseFile ?? ':memory:');
  const blobs = options.blobs ?? createMemoryBlobStore();
  const stores = { database, blobs, gate: createBlobGate(), clock, random: systemRandom };
  const uploads = createUploads(stores);
  const { sparse = 'accept', sentinel = 'log' } = options;
  const manifests = createManifests(stores, { sparse, sentinel: createSentinel(stores, sentinel) });

  async function pushBlob(repository: string, content: string | Uint8Array): Promise<Digest> {
    const { id } = await uploads.start(grant('push', repository));
    const bytes = Buffer.from(content);
    const pushed = await uploads.finish(grant('push', repository), id, digestOf(bytes), {
      source: streamOf(bytes),
    });
    return pushed.digest;
  }

  return {
    stores,
    uploads,
    manifests,
    blobs: createBlobs(stores),
    tags: createTags(stores),
    tagLog: createTagLog(stores),
    tagHistory: createTagHistory(stores),
    tagHolds: createTagHolds(stores),
    sentinelSettings: createSentinelSettings(stores, sentinel),
    referrers: createReferrers(stores),
    repositories: createRepositories(stores),
    pulls: createPulls({ ...stores, log: silentLog }),
    pushBlob,
    async pushImage(repository, tag, layers) {
      for (const content of ['{}', ...layers]) await pushBlob(repository, content);
      const pushed = await manifests.put(
        grant('push', repository),
        { tag },
        mediaTypes.ociManifest,
        imageManifest({ layers }),
      );
      return pushed.digest;
    },
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  };
}

/** A grant without asking; only tests may. */
export function grant<A extends Action>(_action: A, repository: string): Grant<A> {
  return Object.freeze({ repository, account: 'admin', via: 'password' }) as unknown as Grant<A>;
}

export async function* streamOf(...chunks: readonly (string | Uint8Array)[]): ByteStream {
  for (const chunk of chunks) yield Buffer.from(chunk);
}

/** The bytes of an image manifest over the config `{}`; `more` adds or replaces members. */
export function imageManifest({
  layers = [],
  ...more
}: {
  readonly layers?: readonly string[];
  readonly [member: string]: unknown;
} = {}): Uint8Array {
  const descriptor = (mediaType: string, content: string): object => ({
    mediaType,
    digest: digestOf(content),
    size: Buffer.byteLength(content),
  });
  return Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: mediaTypes.ociManifest,
      config: descriptor(mediaTypes.ociConfig, '{}'),
      layers: layers.map((content) => descriptor(mediaTypes.ociLayer, content)),
      ...more,
    }),
  );
}
