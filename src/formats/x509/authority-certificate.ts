// What an authority must know of its own certificate to issue below it: its name, key and times, exactly as the
// certificate has them. It judges nothing: who is to be believed is the verifier's question.
import { parseCertificate, serialBytesOf } from './certificate.ts';
import type { Der } from './der.ts';

export interface AuthorityCertificate {
  readonly der: Uint8Array;
  /** As `derInteger` takes it. */
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
  const certificate = parseCertificate(der);
  const { issuer, subject, startsAt, endsAt, publicKey } = certificate;
  return Object.freeze({
    der,
    serial: serialBytesOf(certificate),
    issuer,
    subject,
    notBeforeMs: startsAt.getTime(),
    notAfterMs: endsAt.getTime(),
    publicKey,
  });
}
