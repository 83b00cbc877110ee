// A trust policy against all signatures of one digest. Each thing that the policy demands is answered by itself:
// enough signers, each statement, the tag. A signature counts for a demand only where all its checks pass under
// one of the policy's signers; what was tried and why it did not count stays in the answer.
import type { Bundle } from '../../formats/sigstore/bundle.ts';
import type { TrustedRoot } from '../../formats/sigstore/trusted-root.ts';
import { matchesGlob } from '../policy/glob.ts';
import { type Check, failed, judgeChecks, type Outcome, passed } from './check.ts';
import { type Expectations, type Revocation, tagPredicateType } from './expectation.ts';
import { openPattern } from './pattern.ts';
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
  readonly trustedRoots: readonly TrustedRoot[];
  readonly keys: readonly TrustedKey[];
  readonly revocations?: readonly Revocation[];
  readonly now: Date;
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
  readonly kind: 'signatures' | 'statement' | 'tag';
  readonly predicateType?: string;
  readonly check: Check;
  /** One for each bundle, under the signer of the policy that it comes nearest to. */
  readonly tried: readonly Verification[];
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
  ];
  return { outcome: judgeChecks(demands.map(({ check }) => check)), rule, demands };
}

function demandSignatures(question: TrustQuestion, rule: TrustRule): TrustDemand {
  const tried = tryAll(question, rule, { kind: 'signature', ...ageOf(rule.maxAgeMs) });
  return { kind: 'signatures', check: checkSignatureCount(tried, rule.signatures), tried };
}

function demandStatement(
  question: TrustQuestion,
  rule: TrustRule,
  predicateType: string,
  maxAgeMs: number | undefined,
): TrustDemand {
  const tried = tryAll(question, rule, { kind: [predicateType], ...ageOf(maxAgeMs) });
  const check = tried.some(({ outcome }) => outcome === 'passed')
    ? passed('predicate-type', `A statement of type ${predicateType} is there.`)
    : failed('predicate-type', `No statement of type ${predicateType} that counts is there.`);
  return { kind: 'statement', predicateType, check, tried };
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

function ageOf(maxAgeMs: number | undefined): Pick<Expectations, 'maxAgeMs'> {
  return maxAgeMs === undefined ? {} : { maxAgeMs };
}

/** Each bundle under each signer; of each bundle the answer with the fewest faults. */
function tryAll(question: TrustQuestion, rule: TrustRule, wanted: Expectations): readonly Verification[] {
  const { bundles, artifact, trustedRoots, now, revocations } = question;
  const { logs, times, certificateLogs } = rule;
  const shared = {
    ...wanted,
    ...(revocations === undefined ? {} : { revocations }),
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
      return [verifyBundle({ bundle, artifact, trustedRoots, keys, expectations, now })];
    });
    const [first, ...rest] = answers;
    if (first === undefined) return [];
    return [rest.reduce((best, one) => (faults(one) < faults(best) ? one : best), first)];
  });
}

function faults({ checks }: Verification): number {
  return checks.filter(({ outcome }) => outcome !== 'passed').length;
}

function openSigner(signer: TrustSigner): Partial<Expectations> {
  if (signer.kind === 'key') return {};
  const { issuer, identity, sourceRepository, sourceRef, builder, runner } = signer;
  return {
    issuer: openPattern(issuer),
    identity: openPattern(identity),
    ...(sourceRepository === undefined ? {} : { sourceRepository: openPattern(sourceRepository) }),
    ...(sourceRef === undefined ? {} : { sourceRef: openPattern(sourceRef) }),
    ...(builder === undefined ? {} : { builder: openPattern(builder) }),
    ...(runner === undefined ? {} : { runner: openPattern(runner) }),
  };
}
