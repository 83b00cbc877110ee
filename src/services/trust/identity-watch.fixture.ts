// A registry whose images are looked at for who signed them and how they were built, with the jobs run by hand.
import { createSigner } from '../../../test/browser/signed.ts';
import { workflowOf } from '../../../test/world/signer.ts';
import type { Identity } from '../../engines/authority/identity.ts';
import { type Digest, digestHex, digestOf, parseDigest } from '../../formats/oci/digest.ts';
import { mediaTypes } from '../../formats/oci/media-type.ts';
import { formatBundleReferrer } from '../../formats/sigstore/bundle-referrer.ts';
import { predicateTypes } from '../../formats/sigstore/predicate.ts';
import { parseTrustedRoot } from '../../formats/sigstore/trusted-root.ts';
import type { Json } from '../../kit/json.ts';
import { createChangeRoutes } from '../hub/changes.ts';
import type { Images, StoredImage } from '../hub/images.ts';
import { dispatchEvents, joinRoutes } from '../jobs/dispatch.ts';
import { createQueue } from '../jobs/queue.ts';
import { grant, openRegistry } from '../registry/registry.fixture.ts';
import { createBuildChanges } from './build-changes.ts';
import { createExpectedIdentities } from './expected-identities.ts';
import { createIdentityHandlers, createIdentityRoutes } from './identity-job.ts';
import { createIdentityWatch } from './identity-watch.ts';

export const home = 'team/app';

export async function open() {
  const registry = await openRegistry();
  const { stores } = registry;
  const { database } = stores;
  stores.clock.time = Date.now();
  const instance = await createSigner();
  const known = { roots: [instance.trustedRoot] };
  const images: Pick<Images, 'find'> = {
    find: async (_home, reference) =>
      ({ platforms: [{ digest: reference, platform: 'linux/amd64' }] }) as unknown as StoredImage,
  };
  const buildChanges = createBuildChanges({ query: database.query, images });
  const readRoots = async () => known.roots.map(parseTrustedRoot);
  const identityWatch = createIdentityWatch({ ...stores, readRoots, buildChanges });
  const queue = createQueue(stores);
  const generation = async () => String(known.roots.length);
  const handlers = createIdentityHandlers({ ...stores, queue, identityWatch, generation });
  const routes = joinRoutes(createChangeRoutes({ queue }), createIdentityRoutes({ queue }));
  const signers = createExpectedIdentities({ ...stores, queue });

  async function put(
    manifest: Uint8Array,
    mediaType: string = mediaTypes.ociManifest,
    tag?: string,
  ): Promise<Digest> {
    const reference = tag === undefined ? { digest: digestOf(manifest) } : { tag };
    return (await registry.manifests.put(grant('push', home), reference, mediaType, manifest)).digest;
  }

  async function attach(subject: Digest, bundle: Uint8Array, predicateType: string): Promise<Digest> {
    const about = { mediaType: mediaTypes.ociManifest, digest: subject, sizeBytes: 1 };
    const { blobs, manifest } = formatBundleReferrer({
      subject: about,
      bundle,
      predicateType,
      createdAtMs: 0,
    });
    for (const blob of blobs) await registry.pushBlob(home, blob);
    return put(manifest);
  }

  return {
    registry,
    database,
    known,
    instance,
    signers,
    handlers,
    buildChanges,
    put,
    attach,
    async repository() {
      const { id } = await database.query.selectFrom('repository').select('id').executeTakeFirstOrThrow();
      return { id, name: home };
    },
    async sign(
      subject: Digest,
      {
        identity = workflowOf('acme/app'),
        predicateType = predicateTypes.sign,
        predicate = {},
      }: {
        identity?: Identity;
        predicateType?: string;
        predicate?: Json;
      } = {},
    ) {
      const subjects = [{ digest: { sha256: digestHex(parseDigest(subject)) } }];
      const { bundle } = await instance.authority.signFor(identity, { subjects, predicateType, predicate });
      return attach(subject, bundle, predicateType);
    },
    /** Everything that waits: events, then the jobs that they made, until nothing is left. */
    async settle() {
      while (await dispatchEvents({ database, clock: stores.clock, routes }));
      for (;;) {
        const job = await queue.lease('test', Object.keys(handlers));
        if (job === undefined) return;
        await handlers[job.kind]?.run(job, new AbortController().signal);
        await queue.complete(job);
      }
    },
    told: async (kind: string) =>
      (
        await database.query.selectFrom('event').select('subject_json').where('kind', '=', kind).execute()
      ).map(({ subject_json }) => JSON.parse(subject_json) as Record<string, unknown>),
  };
}

export const states = (list: { identities: readonly { use: string; state: string; images: number }[] }) =>
  list.identities.map(({ use, state, images }) => [use, state, images]);
