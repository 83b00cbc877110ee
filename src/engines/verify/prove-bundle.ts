// Who signed, where nobody has said yet who must: the bundle is judged as if exactly the signer that it names were
// expected, so that everything but the wish for somebody is checked as ever. Proved says who it was, and nothing of
// whether it should have been.
import { isPlimsollError } from '../../kit/error.ts';
import { isBuildRecord } from '../attest/build-record.ts';
import { type Check, judgeChecks } from './check.ts';
import { type Expectations, type Revocation, signaturePredicateType } from './expectation.ts';
import { type LearnedIdentity, learnIdentity } from './learned-identity.ts';
import { exactly } from './pattern.ts';
import type { VerifyQuestion } from './question.ts';
import { readCertificateSigner } from './signer.ts';
import { readSignedThing } from './subject.ts';
import { type Verification, verifyBundle } from './verify-bundle.ts';

export type Proof =
  | { readonly outcome: 'proved'; readonly identity: LearnedIdentity; readonly signedAt?: Date }
  /** `failed`: the signature is not one, or is not of this; `unknown`: nothing here says whether to believe it. */
  | { readonly outcome: 'failed' | 'unknown'; readonly why: string };

export interface ProofQuestion extends Omit<VerifyQuestion, 'expectations'> {
  /** What was taken back; a signature by any of it is not proved. */
  readonly revocations: readonly Revocation[];
}

/** What a bundle is for; undefined where it neither signs an image nor says how one was built. */
export function purposeOf(bundle: VerifyQuestion['bundle']): 'signature' | 'provenance' | undefined {
  const thing = readSignedThing(bundle);
  if (thing.kind === 'unreadable') return undefined;
  if (thing.kind !== 'statement' || thing.statement.predicateType === signaturePredicateType)
    return 'signature';
  return isBuildRecord(thing.statement) ? 'provenance' : undefined;
}

export function proveBundle({ revocations, ...question }: ProofQuestion): {
  readonly proof: Proof;
  readonly verification: Verification;
} {
  const expectations = { ...expectNamed(question.bundle), revocations };
  const verification = verifyBundle({ ...question, expectations });
  return { proof: judgeProof(verification), verification };
}

/** Of a verification whose checks are all there, those of what it attests among them. */
export function judgeProof({ checks, signer, signedAt }: Verification): Proof {
  const outcome = judgeChecks(checks);
  const identity = signer && learnIdentity(signer);
  if (outcome === 'passed' && identity !== undefined)
    return { outcome: 'proved', identity, ...(signedAt === undefined ? {} : { signedAt }) };
  const [worst] = [...checks.filter(isBroken), ...checks.filter((one) => one.outcome !== 'passed')];
  // Of a key nobody can say that it should have been this one: whose it is, is not known.
  if (signer?.kind === 'key' && worst?.code === 'signature')
    return { outcome: 'unknown', why: 'It is signed with none of the keys that are known here.' };
  const why = worst?.sentence ?? 'Its certificate does not name one signer.';
  return { outcome: worst !== undefined && isBroken(worst) ? 'failed' : 'unknown', why };
}

/** Wrong whoever is trusted; all else may be right by a root or a key that is not known here. */
const OF_ITSELF: readonly Check['code'][] = ['signature', 'subject', 'attestation-manifest', 'revocation'];

function isBroken({ code, outcome }: Check): boolean {
  return outcome === 'failed' && OF_ITSELF.includes(code);
}

function expectNamed({ signer }: VerifyQuestion['bundle']): Expectations {
  if (signer.kind === 'key') return { kind: 'any' };
  try {
    const { signer: named } = readCertificateSigner(signer);
    if (named.kind === 'key') return { kind: 'any' };
    const { claims, names } = named;
    const [name] = names;
    return {
      kind: 'any',
      ...(name === undefined ? {} : { identity: exactly(name.text) }),
      ...(claims.issuer === undefined ? {} : { issuer: exactly(claims.issuer) }),
      ...(claims.sourceRepository === undefined
        ? {}
        : { sourceRepository: exactly(claims.sourceRepository) }),
    };
  } catch (error) {
    // That it cannot be read is a check of the verification.
    if (!isPlimsollError(error)) throw error;
    return { kind: 'any' };
  }
}
