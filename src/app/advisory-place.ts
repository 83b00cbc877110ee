// The one repository of the own registry that the product itself writes: its published advisories.
import type { Digest } from '../formats/oci/digest.ts';
import { isPlimsollError } from '../kit/error.ts';
import { type Access, type Action, type Grant, product } from '../services/hub/access.ts';
import { type AdvisoryPlace, advisoryRepository, advisoryTag } from '../services/hub/advisory-publish.ts';
import { hubErrors } from '../services/hub/errors.ts';
import { createStoredImageSource } from '../services/registry/image-source.ts';
import { createStoredImageTarget } from '../services/registry/image-target.ts';
import type { Manifests } from '../services/registry/manifests.ts';
import type { Uploads } from '../services/registry/uploads.ts';
import type { Stores } from './wire.ts';

export function createAdvisoryPlace(
  { database, blobs }: Pick<Stores, 'database' | 'blobs'>,
  services: { readonly access: Access; readonly uploads: Uploads; readonly manifests: Manifests },
): AdvisoryPlace {
  async function grant<A extends Action>(action: A): Promise<Grant<A>> {
    const granted = await services.access.grant(product, action, advisoryRepository);
    if (granted !== undefined) return granted;
    throw hubErrors.access_denied(`the product may not ${action} in ${advisoryRepository}`);
  }
  return {
    openSource: async () =>
      createStoredImageSource({ database, blobs }, advisoryRepository, { tag: advisoryTag }),
    openTarget: async () =>
      createStoredImageTarget({ database, ...services }, await grant('push'), advisoryTag),
    async remove(digest: Digest) {
      try {
        await services.manifests.delete(await grant('delete'), digest);
      } catch (error) {
        if (!isPlimsollError(error, { kind: 'missing' })) throw error;
      }
    },
  };
}
