// An image in the own store, opened like one anywhere else (io/images/source.ts): for the worker that
// looks inside what was pushed. Reads through one repository, without rights: its caller is the product itself.
import { Readable } from 'node:stream';
import { imageErrors } from '../../io/images/errors.ts';
import type { ImageSource, RawManifest } from '../../io/images/source.ts';
import { limits } from '../../kit/limits.ts';
import { readManifestBytes } from './manifests.ts';
import { listReferrers } from './referrers.ts';
import { findHeldBlob } from './rows/blob.ts';
import { findManifest, type ManifestReference } from './rows/manifest.ts';
import { findRepositoryId } from './rows/repository.ts';
import type { RegistryStores } from './stores.ts';

/** The image that the reference names in the repository; what is not there is `images.missing` when asked for. */
export function createStoredImageSource(
  stores: Pick<RegistryStores, 'database' | 'blobs'>,
  repository: string,
  reference: ManifestReference,
): ImageSource {
  const { database, blobs } = stores;
  const name = 'tag' in reference ? `${repository}:${reference.tag}` : `${repository}@${reference.digest}`;

  async function read(wanted: ManifestReference): Promise<RawManifest> {
    const row = await findManifest(database.query, repository, wanted);
    if (row === undefined) {
      const what = 'tag' in wanted ? `tag ${wanted.tag}` : `manifest ${wanted.digest}`;
      throw imageErrors.missing(`${repository} has no ${what}`);
    }
    return { descriptor: row, bytes: await readManifestBytes(stores, row.digest) };
  }

  return Object.freeze<ImageSource>({
    name,
    root: () => read(reference),
    manifest: ({ digest }) => read({ digest }),

    async blob({ digest }, offsetBytes = 0) {
      const held = await findHeldBlob(database.query, repository, digest);
      if (held === undefined)
        throw imageErrors.missing(`blob ${digest} is not in this registry’s ${repository}`);
      if (offsetBytes === 0) return blobs.read(digest);
      // Nothing is left to read from the end on, which a range cannot say.
      if (offsetBytes >= held.sizeBytes) return Readable.from([]);
      return blobs.read(digest, { start: offsetBytes, end: held.sizeBytes - 1 });
    },

    async referrers(digest) {
      const repositoryId = await findRepositoryId(database.query, repository);
      if (repositoryId === undefined) return [];
      return listReferrers(database.query, repositoryId, digest, { limit: limits.referrersPage });
    },

    async [Symbol.asyncDispose]() {},
  });
}
