// What was taken back of an image that Notary Project signatures are judged of: statements that hang on it and those on
// its instance's list, said by the instance under a root that the user keeps. notation knows nothing of them, and its
// policy says nothing: they count beside it.
import { readNotarySigner } from '../../../../engines/notation/notary-signer.ts';
import type { ImageEvidence } from '../../../../engines/verify/image-evidence.ts';
import { checkRevocation } from '../../../../engines/verify/revocation.ts';
import { type ProvedRevocations, proveRevocations } from '../../../../engines/verify/revocation-statement.ts';
import { originOf } from '../../../../formats/oci/origin.ts';
import type { RegistryReference } from '../../../../formats/oci/reference.ts';
import type { Skipped } from '../../shown-verification.ts';
import type { CliWorld } from '../../world.ts';
import type { NotationAsk } from './ask.ts';
import { listBundles } from './evidence.ts';
import { readList } from './listed.ts';
import { readRoots } from './roots.ts';

export interface TakenBack extends ProvedRevocations {
  /** Said where the list was not asked for. */
  readonly skipped: readonly Skipped[];
  /** What was taken back that makes this signature count for nothing, in a sentence. */
  hits(signature: { readonly envelope: Uint8Array; readonly mediaType: string }): string | undefined;
}

export async function readTakenBack(
  world: CliWorld,
  ask: NotationAsk & { readonly reference: RegistryReference },
  evidence: ImageEvidence,
): Promise<TakenBack> {
  const { host, repository } = ask.reference;
  const { root, platform, signed } = evidence;
  const trustedRoots = (await readRoots(world, ask)).map((one) => one.root);
  const listed = await readList(world, ask, evidence, trustedRoots);
  const notary = [...signed.notation, ...(platform?.signed.notation ?? [])];
  const images = [
    { digest: root.descriptor.digest, found: signed.bundles },
    ...(platform === undefined
      ? []
      : [{ digest: platform.image.descriptor.digest, found: platform.signed.bundles }]),
  ];
  const proved = proveRevocations({
    name: `${host}/${repository}`,
    hanging: images.map(({ digest, found }) => ({ digest, bundles: found.map(({ bundle }) => bundle) })),
    listed: listed.bundles,
    beside: listBundles(evidence).map(({ bundle }) => bundle),
    signers: notary.flatMap(({ envelope, mediaType }) => readNotarySigner(envelope, mediaType) ?? []),
    trustedRoots,
    keys: [],
    instance: originOf(host),
    now: new Date(world.clock.now()),
  });
  const { revocations } = proved;
  return {
    ...proved,
    unclear: [...proved.unclear, ...listed.unread, ...signed.doubts, ...(platform?.signed.doubts ?? [])],
    skipped: listed.skipped,
    hits({ envelope, mediaType }) {
      const signer = readNotarySigner(envelope, mediaType);
      if (signer === undefined) return undefined;
      return images
        .flatMap(({ digest }) => checkRevocation(signer, digest, undefined, { kind: 'any', revocations }))
        .find(({ outcome }) => outcome !== 'passed')?.sentence;
    },
  };
}
