// A trust policy against all signatures of one digest. Each thing that the policy demands is answered by itself:
// enough signers, each statement, the tag. A signature counts for a demand only where all its checks pass under
// one of the policy's signers; what was tried and why it did not count stays in the answer.
import type { Digest } from '../../formats/oci/digest.ts';
import type { Bundle } from '../../formats/sigstore/bundle.ts';
import type { TrustedRoot } from '../../formats/sigstore/trusted-root.ts';
import { matchesGlob } from '../policy/glob.ts';
import { type AttestedManifest, joinAttested } from './attested.ts';
import { type Check, failed, judgeChecks, type Outcome, passed } from './check.ts';
import { type Expectations, type JudgeWitnesses, type Revocation, tagPredicateType } from './expectation.ts';
import { openPattern } from './pattern.ts';
import { describeTaken } from './revocation.ts';
import { checkSignatureCount } from './signature-count.ts';
import type { TrustedKey } from './signer.ts';
import type { Artifact } from './subject.ts';
import type { TrustPolicy, TrustRule, TrustSigner } from './trust-policy.ts';
import { type Verification, verifyBundle } from './verify-bundle.ts';

export interface TrustQuestion {
  readonly policy: TrustPolicy;
  /** The repository with its host, as the policy's names are. */
  readonly name: string;
  readonly tag?: string;
  readonly artifact: Artifact;
  /** Everything that hangs on the digest, in any order, old and new. */
  readonly bundles: readonly Bundle[];
  /** Where the artifact is an index: the image that was chosen of it. */
  readonly platform?: TrustPlatform;
  /** Of the artifact or of the image that was chosen. */
  readonly attested?: readonly AttestedManifest[];
  readonly trustedRoots: readonly TrustedRoot[];
  readonly keys: readonly TrustedKey[];
  readonly revocations?: readonly Revocation[];
  /** As in `Expectations`. */
  readonly witnesses?: JudgeWitnesses;
  readonly now: Date;
}

/** One image of an index, which must list it: who hands it in has read it there. */
export interface TrustPlatform {
  readonly artifact: Artifact;
  readonly bundles: readonly Bundle[];
  /** Somebody asked for this platform by name, so that signatures of it alone will do. */
  readonly isAsked: boolean;
}

export interface TrustVerdict {
  /** Unknown where no rule is for this name. */
  readonly outcome: Outcome;
  readonly rule?: TrustRule;
  readonly demands: readonly TrustDemand[];
  /** For people, where there are no demands. */
  readonly sentence?: string;
}

export interface TrustDemand {
  /** `revocation` only where the image itself was taken back. */
  readonly kind: 'signatures' | 'statement' | 'tag' | 'revocation';
  readonly predicateType?: string;
  readonly check: Check;
  /** One for each bundle, under the signer of the policy that it comes nearest to. */
  readonly tried: readonly TriedBundle[];
}

export interface TriedBundle extends Verification {
  readonly bundle: Bundle;
  /** The digest that it was to be about: the artifact's, the chosen image's, or an attestation manifest's. */
  readonly subject: Digest;
}

/** `verify.pattern_invalid` where the policy was not parsed by `parseTrustPolicy`. */
export function judgeTrust(question: TrustQuestion): TrustVerdict {
  const { policy, name, tag } = question;
  const rule = policy.rules.find(({ names }) => names.some((pattern) => matchesGlob(name, pattern)));
  if (rule === undefined)
    return { outcome: 'unknown', demands: [], sentence: `${policy.name} says nothing about ${name}.` };
  const demands = [
    ...(rule.signatures === 0 ? [] : [demandSignatures(question, rule)]),
    ...rule.statements.map(({ predicateType, maxAgeMs }) =>
      demandStatement(question, rule, predicateType, maxAgeMs ?? rule.maxAgeMs),
    ),
    ...(rule.isTagBound ? [demandTag(question, rule, tag)] : []),
    ...demandStanding(question),
  ];
  return { outcome: judgeChecks(demands.map(({ check }) => check)), rule, demands };
}

function demandSignatures(question: TrustQuestion, rule: TrustRule): TrustDemand {
  const { platform } = question;
  const wanted: Expectations = { kind: 'signature', ...ageOf(rule.maxAgeMs) };
  const tried = [
    ...tryAll(question, rule, wanted),
    ...(platform?.isAsked === true ? tryAll(question, rule, wanted, platform) : []),
  ];
  return { kind: 'signatures', check: checkSignatureCount(tried, rule.signatures), tried };
}

function demandStatement(
  question: TrustQuestion,
  rule: TrustRule,
  predicateType: string,
  maxAgeMs: number | undefined,
): TrustDemand {
  const { platform, attested = [] } = question;
  const wanted: Expectations = { kind: [predicateType], ...ageOf(maxAgeMs) };
  const tried = [
    ...tryAll(question, rule, wanted),
    ...(platform === undefined ? [] : tryAll(question, rule, wanted, platform)),
    ...attested.flatMap((one) => tryAttested(question, rule, one, wanted, predicateType)),
  ];
  const right = tried.find(({ outcome }) => outcome === 'passed');
  const check =
    right === undefined
      ? failed('predicate-type', `No statement of type ${predicateType} that counts is there.`)
      : passed('predicate-type', `A statement of type ${predicateType} is there${sayOf(question, right)}.`);
  return { kind: 'statement', predicateType, check, tried };
}

/** What is said of one image of an index is not said of the others. */
function sayOf({ artifact, platform }: TrustQuestion, { subject }: TriedBundle): string {
  return subject === artifact.digest || platform === undefined
    ? ''
    : `, about ${platform.artifact.digest} alone and not about the whole index`;
}

function demandTag(question: TrustQuestion, rule: TrustRule, tag: string | undefined): TrustDemand {
  const { name } = question;
  if (tag === undefined)
    return {
      kind: 'tag',
      check: passed('tag-binding', 'It is asked for by its digest, so no tag is to be bound.'),
      tried: [],
    };
  const wanted = { ...ageOf(rule.maxAgeMs), tag: { name, tag } };
  const tried = [
    ...tryAll(question, rule, { kind: [tagPredicateType], ...wanted }),
    ...tryAll(question, rule, { kind: 'signature', ...wanted }),
  ];
  const check = tried.some(({ outcome }) => outcome === 'passed')
    ? passed('tag-binding', `${name}:${tag} is signed to be this digest.`)
    : failed('tag-binding', `Nobody who counts signed that ${name}:${tag} is this digest.`);
  return { kind: 'tag', check, tried };
}

/** A signature of the index, or of what attests the image, says nothing of an image that was taken back. */
function demandStanding({ artifact, platform, revocations = [] }: TrustQuestion): readonly TrustDemand[] {
  const meant = [artifact.digest, platform?.artifact.digest];
  const hit = revocations.find((one) => one.kind === 'digest' && meant.includes(one.digest));
  if (hit?.kind !== 'digest') return [];
  return [{ kind: 'revocation', check: failed('revocation', describeTaken(hit)), tried: [] }];
}

function ageOf(maxAgeMs: number | undefined): Pick<Expectations, 'maxAgeMs'> {
  return maxAgeMs === undefined ? {} : { maxAgeMs };
}

/** What a list of bundles hangs on. */
interface Hanging {
  readonly artifact: Artifact;
  readonly bundles: readonly Bundle[];
}

/** Each bundle under each signer; of each bundle the answer with the fewest faults. */
function tryAll(
  question: TrustQuestion,
  rule: TrustRule,
  wanted: Expectations,
  { artifact, bundles }: Hanging = question,
): readonly TriedBundle[] {
  const { trustedRoots, now, revocations } = question;
  const { logs, times, certificateLogs } = rule;
  const shared = {
    ...wanted,
    ...(revocations === undefined ? {} : { revocations }),
    ...(question.witnesses === undefined ? {} : { witnesses: question.witnesses }),
    ...(logs === undefined ? {} : { logs }),
    ...(times === undefined ? {} : { times }),
    ...(certificateLogs === undefined ? {} : { certificateLogs }),
  };
  return bundles.flatMap((bundle) => {
    const answers = rule.signers.flatMap((signer): Verification[] => {
      // A key says nothing of a certificate's bundle, and the other way round.
      if ((signer.kind === 'key') !== (bundle.signer.kind === 'key')) return [];
      const keys = signer.kind === 'key' ? question.keys.filter(({ name }) => name === signer.key) : [];
      const expectations = { ...shared, ...openSigner(signer) };
      const roots = rootsOf(signer, trustedRoots);
      return [verifyBundle({ bundle, artifact, trustedRoots: roots, keys, expectations, now })];
    });
    const best = leastWrong(answers);
    return best === undefined ? [] : [{ ...best, bundle, subject: artifact.digest }];
  });
}

/** Of each signature of the manifest, the statement in it that comes nearest to what is asked for. */
function tryAttested(
  question: TrustQuestion,
  rule: TrustRule,
  attested: AttestedManifest,
  wanted: Expectations,
  predicateType: string,
): readonly TriedBundle[] {
  const artifact = { digest: attested.manifest.digest, bytes: attested.manifest.bytes };
  const signatures = tryAll(
    question,
    rule,
    { ...wanted, kind: 'signature' },
    { artifact, bundles: attested.bundles },
  );
  return signatures.flatMap(({ bundle, subject, ...signature }) => {
    const joined = attested.statements.map((one) => joinAttested(attested, one, signature, [predicateType]));
    const best = leastWrong(joined);
    return best === undefined ? [] : [{ ...best, bundle, subject }];
  });
}

/** Each root can vouch for any name, so that a policy may say whose word it takes for this one. */
function rootsOf(signer: TrustSigner, roots: TrustQuestion['trustedRoots']): TrustQuestion['trustedRoots'] {
  if (signer.kind === 'key' || signer.root === undefined) return roots;
  return roots.filter(({ name }) => name === signer.root);
}

function leastWrong(answers: readonly Verification[]): Verification | undefined {
  const [first, ...rest] = answers;
  return first && rest.reduce((best, one) => (faults(one) < faults(best) ? one : best), first);
}

function faults({ checks }: Verification): number {
  return checks.filter(({ outcome }) => outcome !== 'passed').length;
}

function openSigner(signer: TrustSigner): Partial<Expectations> {
  if (signer.kind === 'key') return {};
  const { issuer, identity, sourceRepository, sourceRef, builder, runner, workflow } = signer;
  return {
    ...(issuer === undefined ? {} : { issuer: openPattern(issuer) }),
    ...(identity === undefined ? {} : { identity: openPattern(identity) }),
    ...(sourceRepository === undefined ? {} : { sourceRepository: openPattern(sourceRepository) }),
    ...(sourceRef === undefined ? {} : { sourceRef: openPattern(sourceRef) }),
    ...(builder === undefined ? {} : { builder: openPattern(builder) }),
    ...(runner === undefined ? {} : { runner: openPattern(runner) }),
    ...(workflow === undefined ? {} : { workflow }),
  };
}
