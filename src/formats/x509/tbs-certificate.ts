// X.509 certificates, version 3 (RFC 5280 §4.1), written: the part that is signed, then the whole. Equal parts give
// equal bytes: serial, times and keys are handed in, and nothing here signs.
import type { SignatureAlgorithm } from './algorithm.ts';
import { formatAlgorithm } from './algorithm-identifier.ts';
import { type Der, derBits, derInteger, derSequence, derTime, derWrapped } from './der.ts';
import { x509Errors } from './errors.ts';
import { type Extension, formatExtension } from './extension.ts';

export interface CertificateParts {
  /** A positive number, most significant byte first, up to 20 bytes (RFC 5280 §4.1.2.2). */
  readonly serial: Uint8Array;
  readonly algorithm: SignatureAlgorithm;
  /** Names as DER, so that an issuer is spelt exactly as its own certificate has it. */
  readonly issuer: Der;
  readonly subject: Der;
  /** Milliseconds since 1970, to the second; both ends belong to the time. */
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
  /** SubjectPublicKeyInfo. */
  readonly publicKey: Der;
  readonly extensions: readonly Extension[];
}

const VERSION_3 = 2;
const EXTENSIONS_TAG = 3;
const SERIAL_BYTES = 20;

/** TBSCertificate: what is to be signed with `algorithm`. `x509.certificate_impossible` */
export function formatTbs(parts: CertificateParts): Der {
  if (parts.serial.byteLength > SERIAL_BYTES || parts.serial.every((byte) => byte === 0))
    throw x509Errors.certificate_impossible('a serial number is positive and has up to 20 bytes');
  if (parts.notAfterMs < parts.notBeforeMs)
    throw x509Errors.certificate_impossible('a certificate cannot end before it begins');
  return derSequence(
    derWrapped(0, derInteger(VERSION_3)),
    derInteger(parts.serial),
    formatAlgorithm(parts.algorithm),
    parts.issuer,
    derSequence(derTime(parts.notBeforeMs), derTime(parts.notAfterMs)),
    parts.subject,
    parts.publicKey,
    derWrapped(EXTENSIONS_TAG, derSequence(...parts.extensions.map(formatExtension))),
  );
}

/** The certificate of a signed TBSCertificate. */
export function formatCertificate(tbs: Der, algorithm: SignatureAlgorithm, signature: Uint8Array): Der {
  return derSequence(tbs, formatAlgorithm(algorithm), derBits(signature));
}
