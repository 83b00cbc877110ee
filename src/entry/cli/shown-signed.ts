// What was signed, as `--format json` has it and the text is made of: what, as whom, by whose word, where it is
// written, and the lines that verify it.
import { hash } from 'node:crypto';
import type { Made, SignPlan } from '../../engines/sign/make.ts';
import type { ImageSigner } from '../../engines/sign/seal.ts';
import { formatPlatform } from '../../formats/oci/platform.ts';
import { parseBundle } from '../../formats/sigstore/bundle.ts';
import { predicateTypes } from '../../formats/sigstore/predicate.ts';
import { formatInstant } from '../../kit/clock.ts';
import { type CommandInput, textOption } from './command.ts';
import type { Vouchers } from './signing/services.ts';

export interface ShownSigned {
  readonly image: string;
  readonly digest: string;
  /** Of an attestation; absent of a signature. */
  readonly predicateType?: string;
  readonly signer:
    | { readonly kind: 'key'; readonly thumbprint: string }
    | { readonly kind: 'identity'; readonly identity: string; readonly issuer: string };
  readonly subjects: readonly {
    readonly digest: string;
    readonly kind: string;
    readonly platform?: string;
  }[];
  /** `HOST/REPOSITORY:TAG` that was bound to the digest. */
  readonly tag?: string;
  readonly log:
    | { readonly kind: 'logged'; readonly logs: readonly string[]; readonly entries: readonly number[] }
    | { readonly kind: 'not-logged' };
  /** Who vouched; what only a trusted root can say was checked where `checkedByRoot` says so. */
  readonly vouchedBy: string;
  readonly checkedByRoot: boolean;
  readonly signedAt?: string;
  /** Of the Notary signatures: who signed, until when the first certificate holds, and who stamped when, if anybody did. */
  readonly notary?: {
    readonly signer: string;
    readonly endsAt: string;
    readonly stampedAt?: string;
    readonly stampedBy?: string;
  };
  readonly written: {
    readonly bundles: readonly string[];
    /** Tags. */
    readonly old: readonly string[];
    readonly notation: readonly string[];
  };
  readonly verify: { readonly plimsoll: string; readonly cosign: string };
}

export interface SignedParts {
  readonly image: string;
  readonly plan: SignPlan;
  readonly made: readonly Made[];
  readonly signer: ImageSigner;
  readonly vouchers: Vouchers;
  readonly input: CommandInput;
}

export function describeSigned(parts: SignedParts): ShownSigned {
  const { image, plan, made, signer, vouchers } = parts;
  const { subjects, tag, claim } = plan;
  const bundles = made.filter((one) => one.kind === 'bundle');
  const signedAt = bundles.map(({ verification }) => verification.signedAt).find((at) => at !== undefined);
  const shown = {
    image,
    digest: subjects[0].descriptor.digest,
    ...(claim === undefined ? {} : { predicateType: claim.predicateType }),
    signer: describeSigner(bundles, signer),
    subjects: subjects.map(({ kind, descriptor, platform }) => ({
      digest: descriptor.digest,
      kind,
      ...(platform === undefined ? {} : { platform: formatPlatform(platform) }),
    })),
    ...(tag === undefined ? {} : { tag: `${tag.name}:${tag.tag}` }),
    log: describeLog(bundles, signer),
    vouchedBy: vouchers.name,
    checkedByRoot: vouchers.trustedRoot !== undefined,
    ...(signedAt === undefined ? {} : { signedAt: signedAt.toISOString() }),
    ...describeNotary(made),
    written: {
      bundles: bundles.map(({ artifact }) => artifact.manifest.descriptor.digest),
      old: made.flatMap((one) => (one.kind === 'old' ? [one.tag] : [])),
      notation: made.flatMap((one) =>
        one.kind === 'notation' ? [one.artifact.manifest.descriptor.digest] : [],
      ),
    },
  };
  return { ...shown, verify: describeVerify(parts, shown.signer, shown.log) };
}

type Bundles = readonly Extract<Made, { kind: 'bundle' }>[];

function describeSigner(bundles: Bundles, { key }: ImageSigner): ShownSigned['signer'] {
  const signer = bundles[0]?.verification.signer;
  if (signer?.kind === 'certificate')
    return {
      kind: 'identity',
      identity: signer.names.map(({ text }) => text).join(', '),
      issuer: signer.claims.issuer ?? '',
    };
  return { kind: 'key', thumbprint: hash('sha256', key.publicKey) };
}

/** Of the first: all of one act have the same signer. */
function describeNotary(made: readonly Made[]): Pick<ShownSigned, 'notary'> {
  const [first] = made.filter((one) => one.kind === 'notation');
  if (first === undefined) return {};
  const { signer, endsAtMs, stamp } = first.signature;
  return {
    notary: {
      signer,
      endsAt: formatInstant(endsAtMs),
      ...(stamp === undefined
        ? {}
        : { stampedAt: formatInstant(stamp.latestMs), stampedBy: stamp.authority }),
    },
  };
}

function describeLog(bundles: Bundles, { services }: ImageSigner): ShownSigned['log'] {
  if (services.logs.length === 0) return { kind: 'not-logged' };
  const entries = bundles.flatMap(({ artifact }) =>
    artifact.blobs.slice(1).flatMap(({ bytes }) => parseBundle(bytes).logEntries.map(({ index }) => index)),
  );
  return { kind: 'logged', logs: services.logs.map(({ url }) => url), entries };
}

function describeVerify(
  { plan, image, vouchers, input }: SignedParts,
  signer: ShownSigned['signer'],
  log: ShownSigned['log'],
): ShownSigned['verify'] {
  const named = plan.claim?.predicateType;
  const at = `${image.replace(/@.*$/, '').replace(/:[^:/]*$/, '')}@${plan.subjects[0].descriptor.digest}`;
  const who =
    signer.kind === 'key'
      ? `--key ${keyOf(textOption(input, 'key') ?? '')}`
      : `--certificate-identity '${signer.identity}' --certificate-oidc-issuer '${signer.issuer}'`;
  const root =
    vouchers.kind === 'public' || vouchers.kind === 'none' ? '' : ' --trusted-root trusted_root.json';
  const type = named === undefined ? '' : ` --type ${nameOf(named)}`;
  const unlogged = log.kind === 'logged' ? '' : ' --insecure-ignore-tlog';
  return {
    plimsoll: `plimsoll verify ${at} ${who}${root}${type}`,
    cosign: `cosign verify${named === undefined ? '' : '-attestation'} ${who}${root}${type}${unlogged} ${at}`,
  };
}

/** Of a file its public half, as `plimsoll key public` and cosign name it. */
function keyOf(reference: string): string {
  return reference.includes('://') ? reference : `${reference.replace(/\.(?:key|pem)$/, '')}.pub`;
}

function nameOf(predicateType: string): string {
  const known = Object.entries(predicateTypes).find(([, type]) => type === predicateType);
  return known?.[0] ?? predicateType;
}
