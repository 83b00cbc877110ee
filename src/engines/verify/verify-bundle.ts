// What one bundle proves about one digest, as a list of checks. Nothing here trusts the bundle: who signed must lead
// to a trusted root or to a key that was handed in, when it signed to somebody else's word, what it signed to
// exactly this digest. One trusted root is used whole or not at all: a private log proves nothing for the public
// authority's certificates.
import type { Bundle } from '../../formats/sigstore/bundle.ts';
import { formatPae } from '../../formats/sigstore/envelope.ts';
import type { SignedStatement } from '../../formats/sigstore/statement.ts';
import type { TrustedRoot } from '../../formats/sigstore/trusted-root.ts';
import { isPlimsollError } from '../../kit/error.ts';
import { type Check, failed, judgeChecks, type Outcome, passed, unknown } from './check.ts';
import { type Evidence, judgeEvidence } from './evidence.ts';
import type { Expectations } from './expectation.ts';
import { checkIdentity } from './identity.ts';
import { isSignedBy } from './public-key.ts';
import type { VerifyQuestion } from './question.ts';
import { checkRevocation } from './revocation.ts';
import { keySigner, readCertificateSigner, type Signer, type SignerParts } from './signer.ts';
import { type Artifact, checkPredicateType, checkSubject, readSignedThing } from './subject.ts';
import { checkTagBinding } from './tag-binding.ts';
import { checkWitnesses } from './witnesses.ts';

export interface Verification {
  /** In the order in which they build on each other. */
  readonly checks: readonly Check[];
  /** Of all checks: `judgeChecks`. */
  readonly outcome: Outcome;
  /** Who signed, where that could be told at all. Only to be believed where the outcome is `passed`. */
  readonly signer?: Signer;
  /** The earliest proven time. */
  readonly signedAt?: Date;
  readonly statement?: SignedStatement;
}

export function verifyBundle(question: VerifyQuestion): Verification {
  const parts = findSigner(question);
  if (!('signer' in parts)) return { checks: [parts], outcome: judgeChecks([parts]) };
  const roots = question.trustedRoots.length === 0 ? [EMPTY] : question.trustedRoots;
  const tried = roots.map((root) => judgeEvidence(question, parts, root));
  // The same bundle, judged by each root: the fewest faults are of the root that it was made under.
  const evidence = tried.reduce((best, one) => (faults(one) < faults(best) ? one : best));
  return assemble(question, parts, evidence);
}

const EMPTY: TrustedRoot = {
  certificateAuthorities: [],
  timestampAuthorities: [],
  logs: [],
  certificateLogs: [],
};

function faults({ checks }: Evidence): number {
  return checks.filter(({ outcome }) => outcome !== 'passed').length;
}

function assemble(question: VerifyQuestion, parts: SignerParts, evidence: Evidence): Verification {
  const { bundle, artifact, expectations, now } = question;
  const thing = readSignedThing(bundle);
  const [signedAt] = evidence.times.toSorted((a, b) => a.getTime() - b.getTime());
  const checks = [
    ...evidence.checks,
    ...checkWitnesses(evidence.checkpoints, expectations),
    checkSignature(question, parts),
    checkSubject(thing, bundle, artifact),
    checkPredicateType(thing, expectations),
    ...checkIdentity(parts.signer, expectations),
    ...checkTagBinding(thing, artifact.digest, expectations),
    ...checkAge(signedAt, now, expectations),
    ...checkRevocation(parts.signer, artifact.digest, signedAt, expectations),
  ];
  return {
    checks,
    outcome: judgeChecks(checks),
    signer: parts.signer,
    ...(signedAt === undefined ? {} : { signedAt }),
    ...(thing.kind === 'statement' ? { statement: thing.statement } : {}),
  };
}

/** The signer's parts, or the one check that says why there are none. */
function findSigner({ bundle, artifact, keys = [] }: VerifyQuestion): SignerParts | Check {
  const { signer } = bundle;
  if (signer.kind === 'certificate') {
    try {
      return readCertificateSigner(signer);
    } catch (cause) {
      if (!isPlimsollError(cause)) throw cause;
      return failed('chain', `Its certificate cannot be read: ${cause.message}.`);
    }
  }
  if (keys.length === 0)
    return failed('key', 'It is signed with a key, and no key was given to verify it with.');
  const message = signedMessage(bundle, artifact);
  // Hints are the signer's own words: the key is the one under which the signature holds.
  const right = keys.find(
    ({ key }) => message !== undefined && isSignedBy(key, message, bundle.content.signature),
  );
  const only = right ?? (keys.length === 1 ? keys[0] : undefined);
  if (only !== undefined) return keySigner(only);
  return failed('key', `It is signed with none of the ${keys.length} keys that were given.`);
}

/** The bytes under the signature, where they are known. */
function signedMessage({ content }: Bundle, { bytes }: Artifact): Uint8Array | undefined {
  return content.kind === 'envelope'
    ? formatPae(content.payloadType, content.payload)
    : (content.message ?? bytes);
}

function checkSignature({ bundle, artifact }: VerifyQuestion, { key, signer }: SignerParts): Check {
  const message = signedMessage(bundle, artifact);
  const who = signer.kind === 'key' ? signer.name : 'its certificate';
  if (message === undefined)
    return unknown('signature', 'It is over bytes that are not at hand: fetch them to check it.');
  return isSignedBy(key, message, bundle.content.signature)
    ? passed('signature', `The signature holds under ${who} (${key.kind}).`)
    : failed('signature', `The signature does not hold under ${who} (${key.kind}).`);
}

function checkAge(signedAt: Date | undefined, now: Date, { maxAgeMs }: Expectations): readonly Check[] {
  if (maxAgeMs === undefined) return [];
  if (signedAt === undefined)
    return [unknown('age', 'Nothing proves when it was signed, so its age is not known.')];
  const days = Math.floor((now.getTime() - signedAt.getTime()) / 86_400_000);
  const most = Math.floor(maxAgeMs / 86_400_000);
  return [
    now.getTime() - signedAt.getTime() <= maxAgeMs
      ? passed('age', `It was signed ${days} days ago; ${most} are allowed.`)
      : failed('age', `It was signed ${days} days ago; ${most} are allowed.`),
  ];
}
