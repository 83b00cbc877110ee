// Whether a revocation list says something about a certificate (RFC 5280 §6.3.3): its issuer signed it, it is of now,
// and it is about all certificates of that kind and place. A list that others sign, that is for some reasons, or that
// holds or names only changes, leaves the state unknown, unless the certificate stands in it.
import type { Certificate } from '../../formats/notation/certificate.ts';
import { type CertificateList, findRevoked, parseCrl } from '../../formats/x509/crl.ts';
import { readRevocationPlaces } from '../../formats/x509/revocation-place.ts';
import { isPartSignedBy } from '../../formats/x509/signed-part.ts';
import { describeError, isPlimsollError } from '../../kit/error.ts';
import { findUntimely } from './judge-ocsp.ts';
import type { RevocationSubject } from './revocation.ts';
import { notKnown, type RevocationAnswer } from './revocation-answer.ts';

const CRL_SIGN = 6;

/** The answer of the bytes of a list; what is wrong with them is why nothing is known. */
export function judgeList(bytes: Uint8Array, subject: RevocationSubject, nowMs: number): RevocationAnswer {
  try {
    return judge(parseCrl(bytes), subject, nowMs);
  } catch (cause) {
    if (!isPlimsollError(cause)) throw cause;
    return notKnown(describeError(cause));
  }
}

function judge(
  list: CertificateList,
  { certificate, issuer }: RevocationSubject,
  nowMs: number,
): RevocationAnswer {
  const why = findUnfit(list, issuer) ?? findOutside(list, certificate);
  if (why !== undefined) return notKnown(why);
  const late = findUntimely(list, nowMs);
  const extended = certificate.x509;
  const entry = findRevoked(list, extended.serial);
  // Who was revoked stays so, also by a list that is past its time; a hold may have been lifted since.
  if (entry !== undefined && entry.reason !== 'removeFromCRL')
    return late === undefined || entry.reason !== 'certificateHold'
      ? { kind: 'revoked', ...entry }
      : notKnown(`the list is too old: ${late}`);
  if (entry !== undefined) return notKnown('the list takes back an entry, which only a list of changes may');
  if (late !== undefined) return notKnown(`the list is too old: ${late}`);
  return list.hasFreshest || readRevocationPlaces(extended).hasFreshest
    ? notKnown('a list of changes stands beside the list, and those are not read')
    : { kind: 'good' };
}

/** Why the list says nothing for this issuer. */
function findUnfit(list: CertificateList, issuer: Certificate): string | undefined {
  if (Buffer.compare(list.issuer, issuer.subjectDer) !== 0)
    return 'the list is of another authority than the certificate';
  if (issuer.keyUsage !== undefined && !issuer.keyUsage.bits.has(CRL_SIGN))
    return `the authority ${issuer.subjectText} may not sign lists`;
  if (!isPartSignedBy(list.signed, issuer.x509.publicKey)) return 'the signature of the list does not hold';
  if (list.unknownCritical.length > 0)
    return `the list has the critical extension ${list.unknownCritical[0]}, which is not understood`;
  if (list.isDelta) return 'the list holds only what changed since another';
  return undefined;
}

/** Why the certificate is not among those that the list is about (§6.3.3 (b)(2)). */
function findOutside({ scope }: CertificateList, certificate: Certificate): string | undefined {
  if (scope.isIndirect) return 'the list is about certificates of several authorities';
  if (scope.isForSomeReasons) return 'the list is for some reasons only';
  const kind = certificate.basicConstraints?.ca === true ? 'authorities' : 'users';
  if (scope.only !== undefined && scope.only !== kind)
    return 'the list is about certificates of another kind';
  const { lists } = readRevocationPlaces(certificate.x509);
  // An authority may spread its certificates over lists: another of them must not clear this one.
  const isElsewhere = scope.addresses !== undefined && !scope.addresses.some((one) => lists.includes(one));
  return isElsewhere ? 'the list is another part of the authority’s certificates' : undefined;
}
