// Signatures for the tests of the pages: an instance of its own signs, and what it signed is pushed to the running
// product as cosign does, a manifest for each bundle.
import assert from 'node:assert/strict';
import type { Identity } from '../../src/engines/authority/identity.ts';
import { createInstance, type Instance } from '../../src/engines/authority/instance.fixture.ts';
import { digestHex, digestOf, parseDigest } from '../../src/formats/oci/digest.ts';
import { formatBundleReferrer } from '../../src/formats/sigstore/bundle-referrer.ts';
import { predicateTypes } from '../../src/formats/sigstore/predicate.ts';
import type { Json } from '../../src/kit/json.ts';
import type { MadeImage } from '../world/image.ts';
import type { ProductWorld } from '../world/product.ts';
import { workflowOf } from '../world/signer.ts';

export interface Signing {
  readonly instance: Instance;
  /** Signs and pushes; `tamper` changes the bundle's JSON between the two. */
  sign(
    repository: string,
    image: MadeImage,
    options?: {
      readonly identity?: Identity;
      readonly predicateType?: string;
      readonly predicate?: Json;
      /** Another image than the one that is signed. */
      readonly attachTo?: MadeImage;
      // biome-ignore lint/suspicious/noExplicitAny: a test changes any part of it
      readonly tamper?: (bundle: any) => void;
    },
  ): Promise<void>;
}

/** Its clock is the machine's: the pages judge by theirs. */
export const createSigner = (): Promise<Instance> => createInstance({ clock: { now: () => Date.now() } });

/** By an instance of its own where none is given. */
export async function createSigning(world: ProductWorld, made?: Instance): Promise<Signing> {
  const instance = made ?? (await createSigner());
  return {
    instance,
    async sign(repository, image, options = {}) {
      const {
        identity = workflowOf('acme/app'),
        predicateType = predicateTypes.sign,
        predicate = {},
      } = options;
      const sha256 = digestHex(parseDigest(image.digest));
      const statement = { subjects: [{ digest: { sha256 } }], predicateType, predicate };
      const signed = await instance.authority.signFor(identity, statement);
      const json = JSON.parse(new TextDecoder().decode(signed.bundle));
      options.tamper?.(json);
      await attach(
        world,
        repository,
        options.attachTo ?? image,
        new TextEncoder().encode(JSON.stringify(json)),
        predicateType,
      );
    },
  };
}

async function attach(
  world: ProductWorld,
  repository: string,
  image: MadeImage,
  bundle: Uint8Array,
  predicateType: string,
): Promise<void> {
  const { digest, mediaType, bytes } = image;
  const subject = { mediaType, digest: parseDigest(digest), sizeBytes: bytes.byteLength };
  const referrer = formatBundleReferrer({ subject, bundle, predicateType, createdAtMs: Date.now() });
  const authorization = `Bearer ${await world.token(`repository:${repository}:pull,push`)}`;
  const send = async (method: string, path: string, type: string, body: Uint8Array) => {
    const headers = { authorization, 'content-type': type };
    const answer = await world.send(method, `/v2/${repository}/${path}`, {
      headers,
      body: body as Uint8Array<ArrayBuffer>,
    });
    assert.equal(answer.status, 201, await answer.text());
  };
  for (const blob of referrer.blobs)
    await send('POST', `blobs/uploads/?digest=${digestOf(blob)}`, 'application/octet-stream', blob);
  const { manifest } = referrer;
  await send(
    'PUT',
    `manifests/${digestOf(manifest)}`,
    'application/vnd.oci.image.manifest.v1+json',
    manifest,
  );
}
