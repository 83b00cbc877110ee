// Where a blob lies in the folder of a store: blobs/sha256/ab/<hex>. The one place that knows; a backup has the same.
import { join } from 'node:path';
import { type Digest, digestAlgorithm, digestHex } from '../../formats/oci/digest.ts';

/** 256 folders for each algorithm: file systems stay quick with thousands of names in each. */
export function shardPath(folder: string, digest: Digest): string {
  return join(folder, 'blobs', digestAlgorithm(digest), digestHex(digest).slice(0, 2));
}

export function blobPath(folder: string, digest: Digest): string {
  return join(shardPath(folder, digest), digestHex(digest));
}

/** The same within the folder `blobs`, in the spelling of an address: `sha256/ab/<hex>`. */
export function blobName(digest: Digest): string {
  return `${digestAlgorithm(digest)}/${digestHex(digest).slice(0, 2)}/${digestHex(digest)}`;
}
