// Images in a registry behind the ports ImageSource and ImageTarget; one reference each, over a shared client.
import { formatReference, type RegistryReference } from '../../formats/oci/reference.ts';
import { isPlimsollError } from '../../kit/error.ts';
import { imageErrors } from './errors.ts';
import type { RegistryClient } from './registry-client.ts';
import type { ImageSource, ImageTarget, RawManifest } from './source.ts';

/** The image that the reference names; a digest wins over a tag. The client outlives it. */
export function openRegistrySource(reference: RegistryReference, client: RegistryClient): ImageSource {
  const { repository } = reference;
  return {
    name: formatReference(reference),
    root: () => client.readManifest(repository, reference.digest ?? reference.tag ?? 'latest'),
    async manifest({ digest, mediaType }) {
      const { bytes, descriptor } = await client.readManifest(repository, digest);
      // The parent's word on the type holds: it is what was signed.
      return { bytes, descriptor: { ...descriptor, mediaType } };
    },
    blob: (descriptor, offsetBytes) => client.readBlob(repository, descriptor, offsetBytes),
    referrers: (digest) => client.listReferrers(repository, digest),
    readTag: (tag) => readTag(client, repository, tag),
    async [Symbol.asyncDispose]() {},
  };
}

/** Writes one image; the root goes under the reference's tag, or its digest alone where it has none. */
export function openRegistryTarget(reference: RegistryReference, client: RegistryClient): ImageTarget {
  const { repository, tag, digest: wanted } = reference;
  return {
    name: formatReference(reference),
    hasBlob: ({ digest }) => client.hasBlob(repository, digest),
    putBlob: (descriptor, source, mountFrom) => client.writeBlob(repository, descriptor, source, mountFrom),
    async putManifest(manifest, named) {
      const { digest } = manifest.descriptor;
      if (named && wanted !== undefined && wanted !== digest)
        throw imageErrors.registry_refused(`the image has the digest ${digest}, the target names ${wanted}`);
      await client.writeManifest(repository, named ? (tag ?? digest) : digest, manifest);
    },
    readTag: (tag) => readTag(client, repository, tag),
    writeTag: (tag, manifest) => client.writeManifest(repository, tag, manifest),
    // Each manifest is complete in the registry as soon as it is written.
    async finish() {},
    async [Symbol.asyncDispose]() {},
  };
}

async function readTag(
  client: RegistryClient,
  repository: string,
  tag: string,
): Promise<RawManifest | undefined> {
  try {
    return await client.readManifest(repository, tag);
  } catch (error) {
    if (isPlimsollError(error, { code: imageErrors.missing.code })) return undefined;
    throw error;
  }
}
