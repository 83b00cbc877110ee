// A data folder with very much in it, filled through the product's own pushes: uploads, manifests, tags with their
// leaves and events, all durable. Nothing is written behind the product's back; only requests and rights are left out.
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { digestOf } from '../src/formats/oci/digest.ts';
import { mediaTypes } from '../src/formats/oci/media-type.ts';
import { createFilesystemBlobStore } from '../src/io/blobs/filesystem.ts';
import { grant, openRegistry } from '../src/services/registry/registry.fixture.ts';

export interface SeedWish {
  /** The data folder; it is there. */
  readonly data: string;
  readonly repository: string;
  readonly manifests: number;
  /** Tags of each manifest, at most 100; `tagName` spells the tag of a number. */
  readonly tagsEach: number;
  readonly isImage: boolean;
}

/** Pushes at once: enough that one durable commit is shared by many. */
const AT_ONCE = 16 * availableParallelism();
/** Between two pushes, on the seed's own clock. */
const PUSH_MS = 1_000;

/** In no order that the names would have by chance: as versions come, not as they sort. */
export function tagName(at: number): string {
  return `v${Math.floor(at / 100)}.${at % 100}-build.${(at * 7919) % 200_000}`;
}

/** Milliseconds that it took. */
export async function seed({ data, repository, manifests, tagsEach, isImage }: SeedWish): Promise<number> {
  const start = performance.now();
  const blobs = await createFilesystemBlobStore({ folder: data, durability: 'sync' });
  // Nobody judges these moves: a sentinel that reads each image would be what is measured.
  await using registry = await openRegistry({
    blobs,
    databaseFile: join(data, 'plimsoll.sqlite'),
    sentinel: 'off',
  });
  await registry.pushBlob(repository, '{}');
  await registry.pushBlob(repository, 'layer');
  let next = 0;
  const startedAt = Date.now() - manifests * PUSH_MS;
  const push = async (): Promise<void> => {
    for (let at = next++; at < manifests; at = next++) {
      registry.stores.clock.time = startedAt + at * PUSH_MS;
      const bytes = manifestBytes(at, isImage);
      await registry.manifests.put(
        grant('push', repository),
        { digest: digestOf(bytes) },
        mediaTypes.ociManifest,
        bytes,
        { tags: Array.from({ length: tagsEach }, (_, tag) => tagName(at * tagsEach + tag)) },
      );
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, push));
  return performance.now() - start;
}

function manifestBytes(at: number, isImage: boolean): Uint8Array {
  const layer = { mediaType: mediaTypes.ociLayer, digest: digestOf('layer'), size: 'layer'.length };
  return Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: mediaTypes.ociManifest,
      ...(isImage ? {} : { artifactType: 'application/vnd.plimsoll.bench' }),
      config: {
        mediaType: isImage ? mediaTypes.ociConfig : 'application/vnd.oci.empty.v1+json',
        digest: digestOf('{}'),
        size: 2,
      },
      layers: [layer],
      annotations: { 'org.opencontainers.image.version': String(at) },
    }),
  );
}
