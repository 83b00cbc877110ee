// An image's evidence and its judgement, for the image that is verified and for the earlier one beside it.
import type { FoundBundle } from '../../../../engines/verify/find-signed.ts';
import { type ImageEvidence, readImageEvidence } from '../../../../engines/verify/image-evidence.ts';
import { judgeTrust, type TrustQuestion, type TrustVerdict } from '../../../../engines/verify/judge-trust.ts';
import type { ListedRevocations } from '../../../../engines/verify/listed-revocation.ts';
import { proveRevocations } from '../../../../engines/verify/revocation-statement.ts';
import { originOf } from '../../../../formats/oci/origin.ts';
import { parsePlatform } from '../../../../formats/oci/platform.ts';
import type { ImageReference } from '../../../../formats/oci/reference.ts';
import type { Bundle } from '../../../../formats/sigstore/bundle.ts';
import type { ImageSource } from '../../../../io/images/source.ts';
import type { CliWorld } from '../../world.ts';
import type { SigstoreAsk } from './ask.ts';

export function readEvidence(
  world: CliWorld,
  { platform }: Pick<SigstoreAsk, 'platform'>,
  source: ImageSource,
): Promise<ImageEvidence> {
  return readImageEvidence(source, {
    machine: world.platform,
    ...(platform === undefined ? {} : { platform: parsePlatform(platform) }),
  });
}

export interface Judged {
  readonly question: TrustQuestion;
  readonly verdict: TrustVerdict;
  /** Revocations that somebody says and that do not count. */
  readonly unproved: readonly string[];
  /** Said by somebody who may revoke, and not understood or not to be read: whether the image stands is unknown. */
  readonly unclear: readonly string[];
}

/** `listed` is what the instance's list holds. */
export function judgeEvidence(
  {
    policy,
    keys,
    reference,
    platform: asked,
  }: Pick<SigstoreAsk, 'policy' | 'keys' | 'reference' | 'platform'>,
  { root, signed, platform, attested }: ImageEvidence,
  whom: Pick<TrustQuestion, 'trustedRoots' | 'now' | 'witnesses'>,
  listed: ListedRevocations,
): Judged {
  const bundlesOf = (list: readonly FoundBundle[]): readonly Bundle[] => list.map(({ bundle }) => bundle);
  const bare: TrustQuestion = {
    policy,
    keys,
    ...whom,
    ...nameOf(reference),
    artifact: { digest: root.descriptor.digest, bytes: root.bytes },
    bundles: bundlesOf(signed.bundles),
    ...(platform === undefined
      ? {}
      : {
          platform: {
            artifact: { digest: platform.image.descriptor.digest, bytes: platform.image.bytes },
            bundles: bundlesOf(platform.signed.bundles),
            isAsked: asked !== undefined,
          },
        }),
    attested: attested.map((one) => ({ ...one, bundles: bundlesOf(one.bundles) })),
  };
  const rule = judgeTrust(bare).rule;
  const { revocations, unproved, unclear } = proveRevocations({
    name: bare.name,
    hanging: [bare, ...(bare.platform === undefined ? [] : [bare.platform])].map(({ artifact, bundles }) => ({
      digest: artifact.digest,
      bundles,
    })),
    listed: listed.bundles,
    beside: attested.flatMap((one) => bundlesOf(one.bundles)),
    ...(rule === undefined ? {} : { rule }),
    ...(reference.kind === 'registry' ? { instance: originOf(reference.host) } : {}),
    keys,
    ...whom,
  });
  const question = { ...bare, revocations };
  const doubts = [...signed.doubts, ...(platform?.signed.doubts ?? [])];
  return {
    question,
    verdict: judgeTrust(question),
    unproved,
    unclear: [...unclear, ...listed.unread, ...doubts],
  };
}

function nameOf(reference: ImageReference): Pick<TrustQuestion, 'name' | 'tag'> {
  if (reference.kind === 'registry') {
    const { host, repository, tag, digest } = reference;
    // By its digest an image is what it is, whatever a tag beside says.
    return {
      name: `${host}/${repository}`,
      ...(tag === undefined || digest !== undefined ? {} : { tag }),
    };
  }
  return { name: reference.kind === 'oci-layout' ? reference.folder : 'an image without a name' };
}

/** Each bundle that was found, wherever it hangs. */
export function listBundles({ signed, platform, attested }: ImageEvidence): readonly FoundBundle[] {
  return [
    ...signed.bundles,
    ...(platform?.signed.bundles ?? []),
    ...attested.flatMap(({ bundles }) => bundles),
  ];
}
