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

/** One finding; a timestamp whose authority's revocation is unknown is unknown. */
export function judgeTime(question: TimeQuestion): Finding {
  const { envelope, chain, nowMs } = question;
  if (envelope.scheme === 'notary.x509.signingAuthority')
    return judgeValidity(
      chain,
      envelope.signingTimeMs,
      envelope.signingTimeMs,
      'were valid when the signing authority signed',
    );
  return wantsTimestamp(question)
    ? judgeTimestamp(question)
    : judgeValidity(chain, nowMs, nowMs, 'are valid now');
}

function wantsTimestamp({ chain, nowMs, statement }: TimeQuestion): boolean {
  if (!statement.stores.some(({ kind }) => kind === 'tsa')) return false;
  return statement.verifyTimestamp === 'always' || chain.some(({ notAfterMs }) => nowMs > notAfterMs);
}

function judgeTimestamp({ envelope, chain, statement, stores, revocation }: TimeQuestion): Finding {
  if (envelope.timestampToken === undefined)
    return failed('timestamp_missing', 'The trust policy wants a timestamp, and the signature has none.');
  const { certificates, missing } = trustedCertificates(statement, 'tsa', stores);
  if (missing !== undefined) return failed('store_missing', `The trust store ${missing} is not there.`);
  let time: ProvenTime;
  try {
    time = verifyTimestamp(envelope.timestampToken, envelope.signature, certificates);
  } catch (cause) {
    return failedBy(cause);
  }
  const authority = time.chain[0]?.subjectText ?? '';
  const revoked = judgeRevocation(time.chain, revocation);
  if (revoked.outcome !== 'passed' && revoked.code !== `notation.${NOWHERE}`) return revoked;
  const at = new Date(time.latestMs).toISOString();
  return judgeValidity(
    chain,
    time.earliestMs,
    time.latestMs,
    `were valid at ${at}, when ${authority} stamped the signature`,
  );
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
