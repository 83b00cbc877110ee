// Whether an OCSP answer says something about a certificate (RFC 6960 §3.2, §4.2.2.2): it is about that one, it is of
// now, and it is signed by the issuer or by somebody whom the issuer itself made its responder. Everything else
// leaves the state unknown.
import { hash } from 'node:crypto';
import { type Certificate, parseCertificate } from '../../formats/notation/certificate.ts';
import { isIssuedBy, isWeaklySigned } from '../../formats/notation/chain.ts';
import { keyBitsOf } from '../../formats/x509/ocsp-request.ts';
import { type OcspAnswer, type OcspResponse, parseOcspResponse } from '../../formats/x509/ocsp-response.ts';
import { isPartSignedBy } from '../../formats/x509/signed-part.ts';
import { describeError, isPlimsollError } from '../../kit/error.ts';
import { limits } from '../../kit/limits.ts';
import type { RevocationSubject } from './revocation.ts';
import { notKnown, type RevocationAnswer } from './revocation-answer.ts';

export interface OcspVerdict {
  readonly answer: RevocationAnswer;
  /** Who signed it in the issuer's place, unless that certificate says that it need not be asked about (no-check). */
  readonly responder?: Certificate;
}

const OCSP_SIGNING = '1.3.6.1.5.5.7.3.9';
const NO_CHECK = '1.3.6.1.5.5.7.48.1.5';
const DIGITAL_SIGNATURE = 0;
/** Critical extensions of a responder's certificate that are looked at here, or bind no responder. */
const understood = ['2.5.29.15', '2.5.29.19', '2.5.29.37', NO_CHECK];

const hashes: Readonly<Record<string, string>> = Object.freeze({
  '1.3.14.3.2.26': 'sha1',
  '2.16.840.1.101.3.4.2.1': 'sha256',
  '2.16.840.1.101.3.4.2.2': 'sha384',
  '2.16.840.1.101.3.4.2.3': 'sha512',
});

/** The verdict on the bytes of an answer; what is wrong with them is why nothing is known. */
export function judgeOcsp(bytes: Uint8Array, subject: RevocationSubject, nowMs: number): OcspVerdict {
  try {
    return judge(parseOcspResponse(bytes), subject, nowMs);
  } catch (cause) {
    if (!isPlimsollError(cause)) throw cause;
    return { answer: notKnown(describeError(cause)) };
  }
}

function judge(response: OcspResponse, subject: RevocationSubject, nowMs: number): OcspVerdict {
  const no = (why: string): OcspVerdict => ({ answer: notKnown(why) });
  if (response.unknownCritical.length > 0)
    return no(
      `the answer has the critical extension ${response.unknownCritical[0]}, which is not understood`,
    );
  const signer = findSigner(response, subject, nowMs);
  if (typeof signer === 'string') return no(signer);
  if (!isPartSignedBy(response.signed, signer.x509.publicKey))
    return no('the signature of the answer does not hold');
  const own = response.answers.filter((answer) => isAbout(answer, subject));
  const [answer] = own;
  if (answer === undefined) return no('the answer is about another certificate');
  if (own.length > 1) return no('the answer speaks twice of the certificate');
  const late = findUntimely(answer, nowMs);
  if (late !== undefined) return no(late);
  if (answer.state === 'unknown') return no('the responder does not know the certificate');
  const isDelegated = signer !== subject.issuer && !signer.x509.extensions.has(NO_CHECK);
  return {
    answer: answer.state === 'good' ? { kind: 'good' } : { kind: 'revoked', ...answer.state },
    ...(isDelegated ? { responder: signer } : {}),
  };
}

/** The certificate that must have signed; a sentence where nobody may. */
function findSigner(
  { responder, certificates }: OcspResponse,
  { issuer }: RevocationSubject,
  nowMs: number,
): Certificate | string {
  const isNamed = (one: Certificate): boolean =>
    responder.kind === 'name'
      ? isSame(one.subjectDer, responder.name)
      : isSame(hash('sha1', keyBitsOf(one.x509), 'buffer'), responder.keyHash);
  if (isNamed(issuer)) return issuer;
  const found = certificates
    .map((der) => parseCertificate(der, 'the responder’s certificate'))
    .find((one) => isNamed(one));
  if (found === undefined) return 'the answer does not bring its responder’s certificate';
  // A certificate of the issuer for something else, or of another authority, may not speak for it.
  if (!isIssuedBy(found, issuer) || isWeaklySigned(found))
    return 'the responder’s certificate is not of the authority that issued the certificate';
  if (found.extendedKeyUsage?.oids.includes(OCSP_SIGNING) !== true)
    return 'the responder’s certificate is not for answering OCSP';
  if (found.keyUsage !== undefined && !found.keyUsage.bits.has(DIGITAL_SIGNATURE))
    return 'the responder’s certificate may not sign';
  if (nowMs < found.notBeforeMs || nowMs > found.notAfterMs)
    return 'the responder’s certificate is not valid now';
  const strange = [...found.x509.extensions].find(
    ([oid, { isCritical }]) => isCritical && !understood.includes(oid),
  );
  return strange === undefined
    ? found
    : 'the responder’s certificate has a critical extension that is not understood';
}

function isAbout(answer: OcspAnswer, { certificate, issuer }: RevocationSubject): boolean {
  const name = hashes[answer.hashAlgorithm];
  if (name === undefined || answer.serial !== certificate.x509.serial) return false;
  return (
    isSame(answer.issuerNameHash, hash(name, issuer.subjectDer, 'buffer')) &&
    isSame(answer.issuerKeyHash, hash(name, keyBitsOf(issuer.x509), 'buffer'))
  );
}

/** Why the answer, or a list, is not of now; undefined where it is. */
export function findUntimely(
  { thisUpdate, nextUpdate }: { readonly thisUpdate: Date; readonly nextUpdate?: Date },
  nowMs: number,
): string | undefined {
  const saidMs = thisUpdate.getTime();
  if (saidMs > nowMs + limits.revocationSkewMs)
    return `it is of ${thisUpdate.toISOString()}, which is to come`;
  const endMs = nextUpdate?.getTime() ?? saidMs + limits.revocationFreshMs;
  return endMs < nowMs ? `it held until ${new Date(endMs).toISOString()}` : undefined;
}

function isSame(one: Uint8Array, other: Uint8Array): boolean {
  return Buffer.compare(one, other) === 0;
}
