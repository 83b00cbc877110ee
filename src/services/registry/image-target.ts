// The own store as a place to write to (io/images/source.ts), under a grant: for what the product itself
// publishes. The same uploads and manifests as a client's push go through, without HTTP between.
import type { ImageTarget } from '../../io/images/source.ts';
import type { Grant } from '../hub/access.ts';
import type { Manifests } from './manifests.ts';
import { findHeldBlob, keepLink } from './rows/blob.ts';
import type { RegistryStores } from './stores.ts';
import type { Uploads } from './uploads.ts';

export interface StoredTargetParts {
  readonly database: RegistryStores['database'];
  readonly uploads: Uploads;
  readonly manifests: Manifests;
}

/** Writes one image or artifact; the root goes under `tag`. */
export function createStoredImageTarget(
  { database, uploads, manifests }: StoredTargetParts,
  grant: Grant<'push'>,
  tag: string,
): ImageTarget {
  const { repository } = grant;
  return Object.freeze<ImageTarget>({
    name: `${repository}:${tag}`,

    async hasBlob({ digest }) {
      const held = await findHeldBlob(database.query, repository, digest);
      if (held?.isUnused !== true) return held !== undefined;
      // It is counted on from now: the collector must not let it go before the manifest is there.
      return database.transaction((query) => keepLink(query, repository, digest));
    },

    async putBlob({ digest, sizeBytes }, source) {
      const { id } = await uploads.start(grant);
      try {
        await uploads.finish(grant, id, digest, { source: await source(), lengthBytes: sizeBytes });
      } catch (error) {
        // A wrong digest has ended it already; whatever else went wrong must not wait a day for its expiry.
        await uploads.cancel(grant, id).catch(() => {});
        throw error;
      }
    },

    async putManifest({ descriptor, bytes }, isRoot) {
      const reference = isRoot ? { tag } : { digest: descriptor.digest };
      await manifests.put(grant, reference, descriptor.mediaType, bytes);
    },

    // Each manifest is complete as soon as it is written.
    async finish() {},
    async [Symbol.asyncDispose]() {},
  });
}
