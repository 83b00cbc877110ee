// Reading what one repository holds, verified and within bounds: never what another one has, so that no push learns
// of it.
import { type Digest, digestAlgorithm, digestOf } from '../../../formats/oci/digest.ts';
import { type Manifest, parseManifest } from '../../../formats/oci/manifest.ts';
import { limits } from '../../../kit/limits.ts';
import { registryErrors } from '../errors.ts';
import { findHeldBlob } from '../rows/blob.ts';
import { findManifest } from '../rows/manifest.ts';
import type { RegistryStores } from '../stores.ts';

/** Reads of one repository. */
export interface RepositoryReader {
  readonly stores: Pick<RegistryStores, 'database' | 'blobs'>;
  readonly repositoryId: number;
  readonly repository: string;
  /** The manifest of that digest; `registry.*`, `oci.*`. */
  manifest(digest: Digest): Promise<Manifest>;
  /** A blob that the repository holds; `registry.*`, `blobs.*`. */
  blob(digest: Digest, limitBytes: number): Promise<Uint8Array>;
}

export function createRepositoryReader(
  stores: Pick<RegistryStores, 'database' | 'blobs'>,
  home: { readonly id: number; readonly name: string },
): RepositoryReader {
  const { database, blobs } = stores;
  const read = async (digest: Digest, limitBytes: number): Promise<Uint8Array> => {
    const bytes = await blobs.readAll(digest, limitBytes);
    if (digestOf(bytes, digestAlgorithm(digest)) !== digest)
      throw registryErrors.damaged(`the stored bytes of ${digest} have another digest`);
    return bytes;
  };
  return {
    stores,
    repositoryId: home.id,
    repository: home.name,
    async manifest(digest) {
      const row = await findManifest(database.query, home.name, { digest });
      if (row === undefined) throw registryErrors.manifest_unknown(`${home.name} has no manifest ${digest}`);
      return parseManifest(await read(digest, limits.manifestBytes), row.mediaType);
    },
    async blob(digest, limitBytes) {
      const held = await findHeldBlob(database.query, home.name, digest);
      if (held === undefined) throw registryErrors.blob_unknown(`${home.name} holds no blob ${digest}`);
      if (held.sizeBytes > limitBytes)
        throw registryErrors.blob_too_large(`${digest} has ${held.sizeBytes} bytes; ${limitBytes} are read`);
      return read(digest, limitBytes);
    },
  };
}
