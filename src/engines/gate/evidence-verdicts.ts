// Verdicts from what hangs on the image in any registry, proved here under pinned roots and keys: marks and trust
// policies. No server's word counts. Whoever may sign for the image, or the instance that holds it, may take it back.
// A trust policy must hold for every image of an index: nobody knows which of them a node will take.
import { formatReference } from '../../formats/oci/reference.ts';
import { revocationPredicateType } from '../../formats/sigstore/revocation-predicate.ts';
import type { TrustedRoot } from '../../formats/sigstore/trusted-root.ts';
import { verificationSummaryType } from '../../formats/sigstore/verification-summary.ts';
import type { InstanceClient } from '../../io/images/instance.ts';
import type { ImageSource } from '../../io/images/source.ts';
import type { Clock } from '../../kit/clock.ts';
import {
  type JudgeWitnesses,
  type Revocation,
  signaturePredicateType,
  tagPredicateType,
} from '../verify/expectation.ts';
import {
  createReadingBudget,
  type FoundBundle,
  type FoundSigned,
  findSigned,
  type SignedWish,
} from '../verify/find-signed.ts';
import { judgeTrust, type TrustVerdict } from '../verify/judge-trust.ts';
import {
  isInstanceTrusted,
  type ListedRevocations,
  noneListed,
  readListedRevocations,
} from '../verify/listed-revocation.ts';
import {
  type ProvedRevocations,
  proveRevocations,
  type RevocationQuestion,
} from '../verify/revocation-statement.ts';
import type { TrustedKey } from '../verify/signer.ts';
import { type ListedImage, readWholeEvidence, type WholeReading } from '../verify/whole-evidence.ts';
import { isAny } from './break-glass.ts';
import type { MarkRequirement, TrustRequirement } from './gate-policy.ts';
import type { ImagePlace } from './image-place.ts';
import { judgeMark } from './mark.ts';
import { sayRevoked, sayUnread, weighUnread } from './unread.ts';
import type { ImageQuestion, ImageVerdict, Reason, VerdictSource } from './verdict.ts';

export interface EvidenceDeps {
  readonly place: Pick<ImagePlace, 'open'>;
  /** An instance that holds images and whose root is trusted is asked for its list of what it took back. */
  openInstance(host: string): Promise<Pick<InstanceClient, 'ask'>>;
  readonly trustedRoots: readonly TrustedRoot[];
  readonly keys: readonly TrustedKey[];
  /** Where the policy names witnesses; revocations count without their word. */
  readonly witnesses?: JudgeWitnesses;
  readonly clock: Clock;
}

type Asked = MarkRequirement | TrustRequirement;

export function createEvidenceVerdicts(deps: EvidenceDeps): VerdictSource {
  return {
    async judge(question) {
      const { requirement, reference, digest } = question;
      if (requirement.kind === 'verdict')
        return unknown('verdict', 'A server’s verdict is nothing that hangs on an image.');
      try {
        await using place = await deps.place.open(reference, digest);
        return await judgeThere(deps, question, requirement, place);
      } catch (cause) {
        return sayUnread(requirement.kind, cause);
      }
    },
  };
}

/** What the digest itself is told of comes first: a registry shows nobody the manifest of what was revoked. */
async function judgeThere(
  deps: EvidenceDeps,
  question: ImageQuestion,
  requirement: Asked,
  place: ImageSource,
): Promise<ImageVerdict> {
  const { digest, reference } = question;
  const name = `${reference.host}/${reference.repository}`;
  const wish: SignedWish = { predicateTypes: wantedTypes(requirement) };
  const budget = createReadingBudget();
  const signed = await findSigned(place, digest, budget, wish);
  const judging: Judging = { ...deps, question, name, now: new Date(deps.clock.now()) };
  const listed = await readListed(judging, [digest]);
  const own = prove(judging, requirement, [{ digest, signed }], listed);
  const revoked = ownRevocation(own, [digest]);
  if (revoked !== undefined) return sayRevoked(revoked);
  if (requirement.kind === 'mark') {
    const { revocations } = own;
    const bundles = bundlesOf(signed.bundles);
    const verdict = judgeMark(requirement, { ...judging, digest, bundles, revocations });
    return weighUnread('mark', verdict, {
      unknowns: [...signed.unknowns, ...sayUnclear(own, listed)],
      failures: [...signed.failures, ...listed.failures],
    });
  }
  const reading: WholeReading = { place, budget, wish };
  return judgeWhole(judging, requirement, reading, signed, listed);
}

interface Judging extends Omit<EvidenceDeps, 'place'> {
  readonly question: ImageQuestion;
  /** The repository with its host. */
  readonly name: string;
  readonly now: Date;
}

async function judgeWhole(
  judging: Judging,
  requirement: TrustRequirement,
  reading: WholeReading,
  signed: FoundSigned,
  own: ListedRevocations,
): Promise<ImageVerdict> {
  const { digest, reference } = judging.question;
  const { policy, file } = requirement;
  if (policy === undefined) return unknown('trust', `The trust policy ${file} was not read.`);
  const whole = await readWholeEvidence(reading, signed);
  const digests = [...new Set([digest, ...whole.images.map((image) => image.digest)])];
  const listed = digests.length === 1 ? own : await readListed(judging, digests);
  const proved = prove(judging, requirement, [{ digest, signed }, ...whole.images], listed);
  const revoked = ownRevocation(proved, digests);
  if (revoked !== undefined) return sayRevoked(revoked);
  const { tag } = reference;
  const { name, trustedRoots, keys, witnesses, now } = judging;
  const judge = (image?: ListedImage): TrustVerdict =>
    judgeTrust({
      policy,
      name,
      ...(tag === undefined ? {} : { tag }),
      artifact: { digest },
      bundles: bundlesOf(signed.bundles),
      ...(image === undefined ? {} : describeImage(image, digest)),
      trustedRoots,
      keys,
      ...(witnesses === undefined ? {} : { witnesses }),
      revocations: proved.revocations,
      now,
    });
  const verdicts = whole.images.length === 0 ? [judge()] : whole.images.map(judge);
  const worst = verdicts.find(({ outcome }) => outcome !== 'passed') ?? (verdicts[0] as TrustVerdict);
  const unread = {
    unknowns: [...signed.unknowns, ...whole.unknowns, ...sayUnclear(proved, listed)],
    failures: [...signed.failures, ...whole.failures, ...listed.failures],
  };
  return weighUnread('trust', sayTrust(worst, formatReference(reference), file), unread);
}

/** Signatures of the image alone say nothing of the index, so that only its statements count. */
function describeImage(
  { digest, signed, attested }: ListedImage,
  root: ImageQuestion['digest'],
): Pick<Parameters<typeof judgeTrust>[0], 'platform' | 'attested'> {
  const below = { artifact: { digest }, bundles: bundlesOf(signed.bundles), isAsked: false };
  return {
    ...(digest === root ? {} : { platform: below }),
    attested: attested.map((one) => ({ ...one, bundles: bundlesOf(one.bundles) })),
  };
}

/** Nothing where the image is on no instance that is trusted. */
async function readListed(
  { question, trustedRoots, openInstance }: Judging,
  digests: readonly ImageQuestion['digest'][],
): Promise<ListedRevocations> {
  const { host } = question.reference;
  const address = addressOf(host);
  if (!isInstanceTrusted(trustedRoots, address)) return noneListed;
  return readListedRevocations(address, digests, async (call) => (await openInstance(host)).ask(call));
}

function addressOf(host: string): string {
  return `https://${host}`;
}

function prove(
  { name, question, trustedRoots, keys, now }: Judging,
  requirement: Asked,
  hanging: readonly (Pick<ListedImage, 'digest' | 'signed'> & Partial<Pick<ListedImage, 'attested'>>)[],
  listed: ListedRevocations,
): ProvedRevocations {
  return proveRevocations({
    name,
    hanging: hanging.map(({ digest, signed }) => ({ digest, bundles: bundlesOf(signed.bundles) })),
    listed: listed.bundles,
    beside: hanging.flatMap(({ attested = [] }) => attested.flatMap((one) => bundlesOf(one.bundles))),
    trustedRoots,
    keys,
    rule: ruleOf(requirement, name),
    instance: addressOf(question.reference.host),
    now,
  });
}

/** Why one of these was taken back. */
function ownRevocation(
  { revocations }: ProvedRevocations,
  digests: readonly ImageQuestion['digest'][],
): string | undefined {
  const hit = revocations.find((one: Revocation) => one.kind === 'digest' && digests.includes(one.digest));
  return hit?.why;
}

function sayUnclear(
  { unclear }: ProvedRevocations,
  { unread }: ListedRevocations,
): readonly { where: string; why: string }[] {
  return [...unclear, ...unread].map((why) => ({ where: 'a revocation', why }));
}

function bundlesOf(found: readonly FoundBundle[]): readonly FoundBundle['bundle'][] {
  return found.map(({ bundle }) => bundle);
}

function sayTrust(verdict: TrustVerdict, image: string, file: string): ImageVerdict {
  const { outcome, demands, sentence } = verdict;
  const fix = `See each check with: plimsoll verify ${image} --policy ${file}`;
  if (outcome === 'passed')
    return {
      outcome: 'pass',
      reasons: demands.map(({ check }) => ({ rule: 'trust', sentence: check.sentence })),
    };
  const reasons = demands
    .filter(({ check }) => check.outcome !== 'passed')
    .flatMap(({ check, tried }): Reason[] => [
      { rule: 'trust', sentence: check.sentence, fix },
      // Of what comes nearest, why it does not count.
      ...(tried
        .toSorted((a, b) => a.checks.length - b.checks.length)
        .slice(0, 3)
        .flatMap(({ checks }) => checks.filter((one) => one.outcome !== 'passed').slice(0, 1))
        .map((one) => ({
          rule: 'trust',
          sentence: `A signature does not count: ${one.sentence}`,
        })) as Reason[]),
    ]);
  if (sentence !== undefined) reasons.push({ rule: 'trust', sentence, fix: `Add a rule for it to ${file}.` });
  return { outcome: outcome === 'failed' ? 'fail' : 'unknown', reasons };
}

/** Who may sign for the image may take it back, proved as far as their signatures are. */
function ruleOf(requirement: Asked, name: string): NonNullable<RevocationQuestion['rule']> {
  if (requirement.kind === 'mark') return { signers: [requirement.signer] };
  return requirement.policy?.rules.find(({ names }) => isAny(names, name)) ?? { signers: [] };
}

function wantedTypes(requirement: Asked): ReadonlySet<string> {
  if (requirement.kind === 'mark') return new Set([verificationSummaryType, revocationPredicateType]);
  const statements = requirement.policy?.rules.flatMap((rule) => rule.statements) ?? [];
  return new Set([
    revocationPredicateType,
    signaturePredicateType,
    tagPredicateType,
    ...statements.map(({ predicateType }) => predicateType),
  ]);
}

function unknown(rule: string, sentence: string): ImageVerdict {
  return { outcome: 'unknown', reasons: [{ rule, sentence }] };
}
