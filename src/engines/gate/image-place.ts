// Images as a gate asks for them in their registries: which digest a reference names now, and the place of that digest.
// What hangs there is found by engines/verify.
import type { Digest } from '../../formats/oci/digest.ts';
import type { RegistryReference } from '../../formats/oci/reference.ts';
import type { ImageSource } from '../../io/images/source.ts';

export interface ImagePlace {
  /** The digest that the reference names now; the codes of a registry's client. */
  resolve(reference: RegistryReference): Promise<Digest>;
  /** The place whose root is the digest; the same codes. */
  open(reference: RegistryReference, digest: Digest): Promise<ImageSource>;
}

export function createImagePlace(open: (reference: RegistryReference) => Promise<ImageSource>): ImagePlace {
  return {
    async resolve(reference) {
      if (reference.digest !== undefined) return reference.digest;
      await using source = await open(reference);
      return (await source.root()).descriptor.digest;
    },
    open: ({ kind, host, repository }, digest) => open({ kind, host, repository, digest }),
  };
}
