// trust-store-trust-policy.md, "Authentic timestamp": that the certificates were valid when the signature was made,
// by a time that somebody else than the signer vouches for; without one, that they are valid now.
import type { Certificate } from '../../formats/notation/certificate.ts';
import { checkValidAt } from '../../formats/notation/chain.ts';
import type { NotationEnvelope } from '../../formats/notation/envelope.ts';
import { type ProvenTime, verifyTimestamp } from '../../formats/notation/timestamp-token.ts';
import { describeError, isPlimsollError } from '../../kit/error.ts';
import { type Finding, failed, failedBy, passed } from './check.ts';
import { judgeRevocation, NOWHERE, type RevocationAnswers } from './revocation.ts';
import type { TrustStatement } from './trust-policy.ts';
import { type TrustStore, trustedCertificates } from './trust-store.ts';

export interface TimeQuestion {
  readonly envelope: NotationEnvelope;
  readonly chain: readonly Certificate[];
  readonly statement: TrustStatement;
  readonly stores: readonly TrustStore[];
  readonly revocation?: RevocationAnswers;
  readonly nowMs: number;
}

export interface TimeVerdict {
  readonly finding: Finding;
  /** When the signature was there at the latest, where somebody else than the signer vouches for it and all holds. */
  readonly signedByMs?: number;
}

/** One finding; a timestamp whose authority's revocation is unknown is unknown. */
export function judgeTime(question: TimeQuestion): TimeVerdict {
  const { envelope, chain, nowMs } = question;
  const { scheme, signingTimeMs } = envelope;
  if (scheme === 'notary.x509.signingAuthority') {
    const claim = 'were valid when the signing authority signed';
    return vouched(judgeValidity(chain, signingTimeMs, signingTimeMs, claim), signingTimeMs);
  }
  return wantsTimestamp(question)
    ? judgeTimestamp(question)
    : { finding: judgeValidity(chain, nowMs, nowMs, 'are valid now') };
}

/** The chain of the timestamp that is looked at; empty where none is, or it does not hold. */
export function findTimestampChain(question: TimeQuestion): readonly Certificate[] {
  const { envelope, statement, stores } = question;
  const { timestampToken, scheme, signature } = envelope;
  if (scheme !== 'notary.x509' || timestampToken === undefined || !wantsTimestamp(question)) return [];
  const { certificates } = trustedCertificates(statement, 'tsa', stores);
  try {
    return verifyTimestamp(timestampToken, signature, certificates).chain;
  } catch (cause) {
    if (!isPlimsollError(cause)) throw cause;
    return [];
  }
}

function wantsTimestamp({ chain, nowMs, statement }: TimeQuestion): boolean {
  if (!statement.stores.some(({ kind }) => kind === 'tsa')) return false;
  return statement.verifyTimestamp === 'always' || chain.some(({ notAfterMs }) => nowMs > notAfterMs);
}

function judgeTimestamp({ envelope, chain, statement, stores, revocation }: TimeQuestion): TimeVerdict {
  if (envelope.timestampToken === undefined)
    return {
      finding: failed('timestamp_missing', 'The trust policy wants a timestamp, and the signature has none.'),
    };
  const { certificates, missing } = trustedCertificates(statement, 'tsa', stores);
  if (missing !== undefined)
    return { finding: failed('store_missing', `The trust store ${missing} is not there.`) };
  let time: ProvenTime;
  try {
    time = verifyTimestamp(envelope.timestampToken, envelope.signature, certificates);
  } catch (cause) {
    return { finding: failedBy(cause) };
  }
  const authority = time.chain[0]?.subjectText ?? '';
  // Nobody vouches for when the stamp itself was made: its authority must not be revoked at all.
  const revoked = judgeRevocation(time.chain, revocation);
  if (revoked.outcome !== 'passed' && revoked.code !== `notation.${NOWHERE}`) return { finding: revoked };
  const at = new Date(time.latestMs).toISOString();
  const claim = `were valid at ${at}, when ${authority} stamped the signature`;
  return vouched(judgeValidity(chain, time.earliestMs, time.latestMs, claim), time.latestMs);
}

function vouched(finding: Finding, signedByMs: number): TimeVerdict {
  return finding.outcome === 'passed' ? { finding, signedByMs } : { finding };
}

/** `claim` is what is said of all certificates, or of not all. */
function judgeValidity(chain: readonly Certificate[], fromMs: number, toMs: number, claim: string): Finding {
  try {
    checkValidAt(chain, fromMs, toMs);
    return passed('valid_in_time', `All certificates of the chain ${claim}.`);
  } catch (cause) {
    if (!isPlimsollError(cause)) throw cause;
    return failed(
      'certificate_not_valid',
      `Not all certificates of the chain ${claim}: ${describeError(cause)}.`,
    );
  }
}
