// Verdicts from what hangs on the image in any registry, proved here under pinned roots and keys: marks and trust
// policies. No server's word counts. What of it could not be read makes a pass an unknown, since it might be what took
// the image back.
import { formatReference } from '../../formats/oci/reference.ts';
import type { TrustedRoot } from '../../formats/sigstore/trusted-root.ts';
import type { Clock } from '../../kit/clock.ts';
import { describeError, isPlimsollError } from '../../kit/error.ts';
import { signaturePredicateType, tagPredicateType } from '../verify/expectation.ts';
import { judgeTrust, type TrustVerdict } from '../verify/judge-trust.ts';
import type { PatternText } from '../verify/pattern.ts';
import type { TrustedKey } from '../verify/signer.ts';
import type { TrustSigner } from '../verify/trust-policy.ts';
import { isAny } from './break-glass.ts';
import type { MarkRequirement, TrustRequirement } from './gate-policy.ts';
import type { Evidence, ImagePlace } from './image-place.ts';
import { judgeMark, markPredicateType, type ProofParts, proveStatements } from './mark.ts';
import { readRevocations, revocationPredicateType } from './revocation-statement.ts';
import type { ImageQuestion, ImageVerdict, Reason, VerdictSource } from './verdict.ts';

export interface EvidenceDeps {
  readonly place: ImagePlace;
  readonly trustedRoots: readonly TrustedRoot[];
  readonly keys: readonly TrustedKey[];
  readonly clock: Clock;
}

type Asked = MarkRequirement | TrustRequirement;

export function createEvidenceVerdicts(deps: EvidenceDeps): VerdictSource {
  return {
    async judge(question) {
      const { requirement, reference, digest } = question;
      if (requirement.kind === 'verdict')
        return unknown('verdict', 'A server’s verdict is nothing that hangs on an image.');
      let evidence: Evidence;
      try {
        evidence = await deps.place.collect(reference, digest, wantedTypes(requirement));
      } catch (cause) {
        return sayUnread(requirement.kind, cause);
      }
      const verdict = judge(question, requirement, evidence, deps);
      return verdict.outcome === 'pass' && evidence.unreadable.length > 0
        ? { outcome: 'unknown', reasons: evidence.unreadable.slice(0, 3).map(sayUnreadable) }
        : verdict;
    },
  };
}

function judge(
  { reference, digest }: ImageQuestion,
  requirement: Asked,
  evidence: Evidence,
  { trustedRoots, keys, clock }: EvidenceDeps,
): ImageVerdict {
  const name = `${reference.host}/${reference.repository}`;
  const now = new Date(clock.now());
  const parts: ProofParts = { name, digest, evidence, trustedRoots, keys, revocations: [], now };
  const own = instanceOf(reference.host);
  const words = [own, ...signersOf(requirement, name)].map((signer) => ({
    proved: proveStatements(parts, signer, revocationPredicateType),
    isInstance: signer === own,
  }));
  const [revoked] = readRevocations(words, name, digest);
  if (revoked !== undefined)
    return {
      outcome: 'fail',
      revoked,
      reasons: [
        {
          rule: 'revocation',
          sentence: `The image was taken back: ${revoked}.`,
          fix: 'Deploy another image; whoever took it back can reinstate it.',
        },
      ],
    };
  if (requirement.kind === 'mark') return judgeMark(requirement, parts);
  const { policy, file } = requirement;
  if (policy === undefined) return unknown('trust', `The trust policy ${file} was not read.`);
  const { tag } = reference;
  const verdict = judgeTrust({
    policy,
    name,
    ...(tag === undefined ? {} : { tag }),
    artifact: { digest },
    bundles: evidence.bundles,
    trustedRoots,
    keys,
    now,
  });
  return sayTrust(verdict, formatReference(reference), file);
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

/** An instance signs by the name of its address, which it vouches for itself; it may take back what it holds. */
function instanceOf(host: string): TrustSigner {
  const address: PatternText = { kind: 'exact', text: `https://${host}` };
  return { kind: 'identity', issuer: address, identity: address };
}

/** Who may sign for the image may take it back. */
function signersOf(requirement: Asked, name: string): readonly TrustSigner[] {
  if (requirement.kind === 'mark') return [requirement.signer];
  const rule = requirement.policy?.rules.find(({ names }) => isAny(names, name));
  return rule?.signers ?? [];
}

function wantedTypes(requirement: Asked): ReadonlySet<string> {
  if (requirement.kind === 'mark') return new Set([markPredicateType, revocationPredicateType]);
  const statements = requirement.policy?.rules.flatMap((rule) => rule.statements) ?? [];
  return new Set([
    revocationPredicateType,
    signaturePredicateType,
    tagPredicateType,
    ...statements.map(({ predicateType }) => predicateType),
  ]);
}

/** A registry that cannot be asked is not the same as an image that nobody knows. */
export function sayUnread(rule: string, cause: unknown): ImageVerdict {
  const why = describeError(cause).replace(/\.$/, '');
  if (isPlimsollError(cause, { kind: 'unavailable' }) || isPlimsollError(cause, { kind: 'limited' }))
    return {
      outcome: 'unavailable',
      reasons: [{ rule, sentence: `It could not be asked for: ${why}.`, fix: 'Try again when it answers.' }],
    };
  return {
    outcome: 'unknown',
    reasons: [
      {
        rule,
        sentence: `It cannot be told: ${why}.`,
        fix: 'Check the name, and that the gate’s login may read it: plimsoll login HOST.',
      },
    ],
  };
}

function sayUnreadable({ where, why }: Evidence['unreadable'][number]): Reason {
  return {
    rule: 'evidence',
    sentence: `What hangs on it as ${where} could not be read: ${why.replace(/\.$/, '')}.`,
    fix: 'Remove it from the registry, or push it anew.',
  };
}

function unknown(rule: string, sentence: string): ImageVerdict {
  return { outcome: 'unknown', reasons: [{ rule, sentence }] };
}
