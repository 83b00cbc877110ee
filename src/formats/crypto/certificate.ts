// X.509 certificates (RFC 5280): a PEM bundle taken apart, and the names that a certificate says its holder has.
// The platform parses the DER; here its texts are read, which are quoted where a value is not plain (Node's answer to
// CVE-2021-44531 to 44533). A value that is quoted or escaped is left out, a text that does not parse names nobody:
// names are never guessed. Whether anybody vouches for the names is not decided here.
import { X509Certificate } from 'node:crypto';
import { limits } from '../../kit/limits.ts';
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
  const { fingerprint256, subject, subjectAltName, validFromDate, validToDate } = certificate;
  return Object.freeze({
    fingerprint: fingerprint256.replaceAll(':', '').toLowerCase(),
    names: Object.freeze(
      unique([...parseAlternativeNames(subjectAltName ?? ''), ...parseCommonName(subject ?? '')]),
    ),
    notBefore: validFromDate.getTime(),
    notAfter: validToDate.getTime(),
  });
}

/** `KIND:VALUE` or `KIND:"JSON"`, divided by a comma and a space. */
const ITEM = /([A-Za-z][A-Za-z0-9 ]*):("(?:[^"\\]|\\.)*"|[^",\\]*)(?:, |$)/y;

/** Of a subjectAltName as the platform writes it. */
export function parseAlternativeNames(text: string): readonly CertificateName[] {
  const names: CertificateName[] = [];
  const item = new RegExp(ITEM);
  while (item.lastIndex < text.length) {
    const [, label = '', value = ''] = item.exec(text) ?? [];
    // A match that failed has put the place back to the beginning.
    if (label === '') return [];
    const kind = LABELS[label];
    const name = kind === undefined || value.startsWith('"') ? undefined : checkName({ kind, value });
    if (name !== undefined) names.push(name);
  }
  return names;
}

/** Of a subject as the platform writes it: a line for each part, ` + ` within one. Two common names are none. */
export function parseCommonName(text: string): readonly CertificateName[] {
  const values = text
    .split('\n')
    .flatMap((line) => line.split(' + '))
    .filter((part) => part.startsWith('CN='))
    .map((part) => part.slice('CN='.length));
  const [value] = values;
  const name =
    value === undefined || values.length > 1 ? undefined : checkName({ kind: 'common-name', value });
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

const LABELS: Readonly<Record<string, CertificateNameKind>> = Object.freeze({
  URI: 'uri',
  email: 'email',
  DNS: 'dns',
});

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
