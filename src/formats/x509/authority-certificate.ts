// What an authority must know of its own certificate to issue below it: its name, key and times, exactly as the
// certificate has them. It judges nothing: who is to be believed is the verifier's question.
import { parseCertificate } from './certificate.ts';
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
  const { serial, issuer, subject, startsAt, endsAt, publicKey } = parseCertificate(der);
  return Object.freeze({
    der,
    serial: Buffer.from(serial.padStart(serial.length + (serial.length % 2), '0'), 'hex'),
    issuer,
    subject,
    notBeforeMs: startsAt.getTime(),
    notAfterMs: endsAt.getTime(),
    publicKey,
  });
}
