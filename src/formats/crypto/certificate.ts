// X.509 certificates (RFC 5280): a PEM bundle taken apart, and the names that a certificate says its holder has, from
// its DER and never from a text that the platform made of it, where a value can spell another name (CVE-2021-44531 to
// 44533). A value that could be read in two ways is left out, a certificate that is not DER names nobody: names are
// never guessed. Whether anybody vouches for the names is not decided here.
import { X509Certificate } from 'node:crypto';
import { isPlimsollError } from '../../kit/error.ts';
import { limits } from '../../kit/limits.ts';
import { parseCertificate, type Certificate as X509 } from '../x509/certificate.ts';
import { parseNameAttributes } from '../x509/name-attribute.ts';
import { cryptoErrors } from './errors.ts';

/** What a name can be; `common-name` is of the subject, the others of its alternative names. */
export const certificateNameKinds = Object.freeze(['uri', 'email', 'dns', 'common-name'] as const);
export type CertificateNameKind = (typeof certificateNameKinds)[number];

export interface CertificateName {
  readonly kind: CertificateNameKind;
  readonly value: string;
}

export interface Certificate {
  /** SHA-256 of its DER, hex. */
  readonly fingerprint: string;
  /** Each once; at most as many as `limits.certificateNames`, else none. */
  readonly names: readonly CertificateName[];
  /** Epoch milliseconds; both moments are within. */
  readonly notBefore: number;
  readonly notAfter: number;
}

const COMMON_NAME = '2.5.4.3';

const PEM = /-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]{1,100000}-----END CERTIFICATE-----/g;

/** The certificates of a PEM text in their order, other blocks left out; at least one, or `crypto.certificate_invalid`. */
export function parseCertificates(text: string): readonly X509Certificate[] {
  const blocks = text.match(PEM) ?? [];
  if (blocks.length === 0) throw cryptoErrors.certificate_invalid('there is no PEM certificate in it');
  if (blocks.length > limits.certificatesInFile)
    throw cryptoErrors.certificate_invalid(`it has more than ${limits.certificatesInFile} certificates`);
  return blocks.map((block, at) => {
    try {
      return new X509Certificate(block);
    } catch (cause) {
      throw cryptoErrors.certificate_invalid(`its certificate ${at + 1} cannot be read`, { cause });
    }
  });
}

export function readCertificate(certificate: X509Certificate): Certificate {
  const { fingerprint256, raw, validFromDate, validToDate } = certificate;
  return Object.freeze({
    fingerprint: fingerprint256.replaceAll(':', '').toLowerCase(),
    names: Object.freeze(parseCertificateNames(raw)),
    notBefore: validFromDate.getTime(),
    notAfter: validToDate.getTime(),
  });
}

/** Of a certificate's DER; none where it is not readable. */
export function parseCertificateNames(der: Uint8Array): readonly CertificateName[] {
  try {
    const certificate = parseCertificate(der);
    return unique([...readAlternativeNames(certificate), ...readCommonName(certificate)]);
  } catch (error) {
    // The platform reads what is not quite DER, and two readers would find different names in it.
    if (!isPlimsollError(error)) throw error;
    return [];
  }
}

function readAlternativeNames({ names }: X509): readonly CertificateName[] {
  return names.flatMap(({ kind, text }) =>
    kind === 'other' ? [] : (checkName({ kind, value: text }) ?? []),
  );
}

/** Two common names are none. */
function readCommonName({ subject }: X509): readonly CertificateName[] {
  const values = parseNameAttributes(subject).filter(({ oid }) => oid === COMMON_NAME);
  const value = values.length === 1 ? values[0]?.text : undefined;
  const name = value === undefined ? undefined : checkName({ kind: 'common-name', value });
  return name === undefined ? [] : [name];
}

/** The name as it is compared, or undefined where it is none that could stand for somebody. */
export function checkName({ kind, value }: CertificateName): CertificateName | undefined {
  if (value.length > limits.certificateNameChars || !SHAPES[kind].test(value)) return undefined;
  if (kind === 'dns') return { kind, value: value.toLowerCase() };
  // Of a mailbox only the host is without case (RFC 5280 §4.2.1.6).
  if (kind === 'email') return { kind, value: value.replace(/@.*$/, (host) => host.toLowerCase()) };
  return { kind, value };
}

const HOST =
  '(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\\.)*[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?';

/** No quotes, commas, escapes or wildcards in any: such a value could be read in two ways. */
const SHAPES: Readonly<Record<CertificateNameKind, RegExp>> = Object.freeze({
  uri: /^[a-z][a-z0-9+.-]*:[A-Za-z0-9._~:/?#[\]@!$&()*+;=%-]+$/,
  email: new RegExp(`^[A-Za-z0-9.!#$%&*+/=?^_{|}~-]{1,64}@${HOST}$`),
  dns: new RegExp(`^${HOST}$`),
  'common-name': /^(?! )[^\p{C}\\,+"<>;=]+(?<! )$/u,
});

/** A certificate of very many names is nobody’s: each would be looked up. */
function unique(names: readonly CertificateName[]): readonly CertificateName[] {
  const known = new Map(names.map((name) => [`${name.kind}:${name.value}`, name]));
  return known.size > limits.certificateNames ? [] : [...known.values()];
}
