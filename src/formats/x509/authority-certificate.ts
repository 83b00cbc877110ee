// What an authority must know of its own certificate to issue below it: its name, key and times, exactly as the
// certificate has them. It judges nothing: who is to be believed is the verifier's question.
import { type BaseBlock, GeneralizedTime, Integer, UTCTime } from 'asn1js';
import type { Der } from './der.ts';
import { isContext, partsOf, rawOf, readDer } from './der-reader.ts';
import { x509Errors } from './errors.ts';

export interface AuthorityCertificate {
  readonly der: Uint8Array;
  readonly serial: Uint8Array;
  /** Names as DER. */
  readonly issuer: Der;
  readonly subject: Der;
  /** Both ends belong to the time. */
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
  /** SubjectPublicKeyInfo. */
  readonly publicKey: Der;
}

/** `x509.certificate_invalid` */
export function readAuthorityCertificate(der: Uint8Array): AuthorityCertificate {
  const invalid = x509Errors.certificate_invalid;
  const what = 'the certificate';
  const [tbs] = partsOf(readDer(der, what, invalid), what, invalid);
  const [version, serial, , issuer, validity, subject, publicKey] = partsOf(tbs, what, invalid);
  if (!isContext(version, 0)) throw invalid('the certificate is not of version 3');
  if (!(serial instanceof Integer)) throw invalid('the certificate has no serial number');
  if (issuer === undefined || subject === undefined || publicKey === undefined)
    throw invalid('the certificate has no issuer, subject or key');
  const [notBefore, notAfter] = partsOf(validity, 'the certificate’s validity', invalid);
  return Object.freeze({
    der,
    serial: serial.valueBlock.valueHexView,
    issuer: rawOf(issuer),
    subject: rawOf(subject),
    notBeforeMs: readTime(notBefore),
    notAfterMs: readTime(notAfter),
    publicKey: rawOf(publicKey),
  });
}

function readTime(block: BaseBlock | undefined): number {
  const isTime = block instanceof UTCTime || block instanceof GeneralizedTime;
  const time = isTime ? block.toDate().getTime() : Number.NaN;
  if (!Number.isFinite(time))
    throw x509Errors.certificate_invalid('the certificate does not say when it is valid');
  return time;
}
