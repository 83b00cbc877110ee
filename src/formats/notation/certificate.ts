// An X.509 certificate as far as the Notary Project looks at it (RFC 5280 §4): the fields as formats/x509 reads them,
// keys and signatures by the platform, and what both can read. Nothing is judged: `chain.ts` does.
import { hash, type KeyObject, X509Certificate } from 'node:crypto';
import { limits } from '../../kit/limits.ts';
import { readOid } from '../x509/asn1.ts';
import {
  openExtension,
  parseCertificate as parseX509,
  type Certificate as X509,
} from '../x509/certificate.ts';
import { notationErrors } from './errors.ts';
import { type NameAttribute, readName } from './name.ts';

export interface Certificate {
  readonly der: Uint8Array;
  /** SHA-256 of it, lower-case hex. */
  readonly fingerprint: string;
  readonly subject: readonly NameAttribute[];
  /** The subject for people. */
  readonly subjectText: string;
  readonly subjectDer: Uint8Array;
  readonly issuerDer: Uint8Array;
  /** Lower-case hex without leading zeros. */
  readonly serial: string;
  /** Epoch milliseconds, both inclusive. */
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
  readonly publicKey: KeyObject;
  /** OID of the algorithm it is signed with. */
  readonly signatureOid: string;
  /** Bit numbers of RFC 5280 §4.2.1.3. */
  readonly keyUsage?: { readonly critical: boolean; readonly bits: ReadonlySet<number> };
  readonly extendedKeyUsage?: { readonly critical: boolean; readonly oids: readonly string[] };
  readonly basicConstraints?: {
    readonly critical: boolean;
    readonly ca: boolean;
    readonly pathLength?: number;
  };
  /** Lower-case hex. */
  readonly subjectKeyId?: string;
  /** Whether it says where its revocation would be announced, by OCSP or a CRL. */
  readonly namesRevocation: boolean;
  /** Whole, as formats/x509 reads it. */
  readonly x509: X509;
  readonly handle: X509Certificate;
}

const KEY_USAGE = '2.5.29.15';
const BASIC_CONSTRAINTS = '2.5.29.19';
const EXTENDED_KEY_USAGE = '2.5.29.37';
const SUBJECT_KEY_ID = '2.5.29.14';
const CRL_POINTS = '2.5.29.31';
const AUTHORITY_ACCESS = '1.3.6.1.5.5.7.1.1';
const OCSP = '1.3.6.1.5.5.7.48.1';

/** One certificate of DER; `notation.certificate_invalid` says `where` it was. */
export function parseCertificate(der: Uint8Array, where: string): Certificate {
  if (der.byteLength > limits.certificateBytes)
    throw notationErrors.certificate_invalid(
      `${where} has ${der.byteLength} bytes; a certificate has at most ${limits.certificateBytes}`,
    );
  try {
    return readCertificate(der);
  } catch (cause) {
    throw notationErrors.certificate_invalid(`${where} is not an X.509 certificate that can be read`, {
      cause,
    });
  }
}

/** All certificates of a PEM text, or the one of DER, in their order; at least one. */
export function parseCertificates(bytes: Uint8Array, where: string): readonly Certificate[] {
  const text = Buffer.from(bytes).toString('latin1');
  if (!text.includes('-----BEGIN')) return [parseCertificate(bytes, where)];
  const blocks = [
    ...text.matchAll(/-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]*)-----END CERTIFICATE-----/g),
  ];
  if (blocks.length === 0 || blocks.length > limits.notationCertificates)
    throw notationErrors.certificate_invalid(
      `${where} does not hold 1 to ${limits.notationCertificates} certificates in PEM`,
    );
  return blocks.map(([, body = ''], position) =>
    parseCertificate(Buffer.from(body, 'base64'), `certificate ${position + 1} of ${where}`),
  );
}

function readCertificate(der: Uint8Array): Certificate {
  const handle = new X509Certificate(der);
  const read = parseX509(der);
  return {
    der,
    fingerprint: hash('sha256', der),
    subject: readName(read.subject),
    subjectText: handle.subject?.replaceAll('\n', ', ') || 'an empty name',
    subjectDer: read.subject,
    issuerDer: read.issuer,
    serial: read.serial,
    notBeforeMs: read.startsAt.getTime(),
    notAfterMs: read.endsAt.getTime(),
    publicKey: handle.publicKey,
    signatureOid: read.signatureAlgorithm,
    ...readHonoured(read),
    x509: read,
    handle,
  };
}

function readHonoured({ extensions, keyUsage, purposes, isAuthority, pathLength }: X509) {
  const isCritical = (oid: string): boolean => extensions.get(oid)?.isCritical === true;
  const keyId = openExtension(extensions, SUBJECT_KEY_ID);
  const access = openExtension(extensions, AUTHORITY_ACCESS)?.children ?? [];
  return {
    ...(keyUsage && { keyUsage: { critical: isCritical(KEY_USAGE), bits: keyUsage.bits } }),
    ...(purposes && { extendedKeyUsage: { critical: isCritical(EXTENDED_KEY_USAGE), oids: purposes } }),
    ...(extensions.has(BASIC_CONSTRAINTS) && {
      basicConstraints: {
        critical: isCritical(BASIC_CONSTRAINTS),
        ca: isAuthority,
        ...(pathLength === undefined ? {} : { pathLength }),
      },
    }),
    ...(keyId && { subjectKeyId: Buffer.from(keyId.content).toString('hex') }),
    namesRevocation:
      extensions.has(CRL_POINTS) || access.some(({ children: [method] }) => readOid(method) === OCSP),
  };
}
