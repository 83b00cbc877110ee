// X509Certificate for the pages: the part of Node's that formats/notation asks (RFC 5280 §4.1), DER and strict. Signatures
// are checked with ECDSA, Ed25519 and RSA's PKCS #1 v1.5 by SHA-256, 384 and 512; with anything else, as PSS with its
// parameters, a certificate counts as signed by nobody. Nothing of it is judged here.
import {
  type Asn1Node,
  asn1Tags,
  parseAsn1,
  readBits,
  readOid,
  readTime,
} from '../../../src/formats/x509/asn1.ts';
import { x509Errors } from '../../../src/formats/x509/errors.ts';
import { Buffer } from './bytes.ts';
import { verify } from './check-signature.ts';
import { type KeyHandle, readSpki } from './key-handle.ts';

const CERTIFICATE_BYTES = 65_536;
const VERSION = 0xa0;

const ALGORITHMS: Readonly<Record<string, readonly [KeyHandle['asymmetricKeyType'], string | null]>> = {
  '1.2.840.113549.1.1.11': ['rsa', 'sha256'],
  '1.2.840.113549.1.1.12': ['rsa', 'sha384'],
  '1.2.840.113549.1.1.13': ['rsa', 'sha512'],
  '1.2.840.10045.4.3.2': ['ec', 'sha256'],
  '1.2.840.10045.4.3.3': ['ec', 'sha384'],
  '1.2.840.10045.4.3.4': ['ec', 'sha512'],
  '1.3.101.112': ['ed25519', null],
};

/** As OpenSSL calls them. */
const NAMES: Readonly<Record<string, string>> = {
  '2.5.4.3': 'CN',
  '2.5.4.4': 'SN',
  '2.5.4.5': 'serialNumber',
  '2.5.4.6': 'C',
  '2.5.4.7': 'L',
  '2.5.4.8': 'ST',
  '2.5.4.9': 'street',
  '2.5.4.10': 'O',
  '2.5.4.11': 'OU',
  '2.5.4.17': 'postalCode',
  '1.2.840.113549.1.9.1': 'emailAddress',
  '0.9.2342.19200300.100.1.1': 'UID',
  '0.9.2342.19200300.100.1.25': 'DC',
};

export class X509Certificate {
  /** An attribute a line; undefined of an empty name. */
  readonly subject: string | undefined;
  readonly validFromDate: Date;
  readonly validToDate: Date;
  /** Upper-case hex, an even number of digits. */
  readonly serialNumber: string;
  readonly publicKey: KeyHandle;
  readonly #tbs: Asn1Node;
  readonly #algorithm: Asn1Node;
  readonly #signature: Uint8Array;

  /** Throws where the bytes are no certificate, as Node does. */
  constructor(der: Uint8Array) {
    const [tbs, algorithm, bits, ...rest] = readSequence(
      parseAsn1(der, x509Errors.certificate_invalid, CERTIFICATE_BYTES),
    );
    const signature = readBits(bits);
    if (tbs === undefined || algorithm === undefined || signature === undefined || rest.length > 0)
      throw refuse();
    const fields = readSequence(tbs);
    const [serial, inner, , validity, subject, key] = fields[0]?.tag === VERSION ? fields.slice(1) : fields;
    const [from, to] = readSequence(validity).map(readTime);
    if (serial?.tag !== asn1Tags.integer || from === undefined || to === undefined || key === undefined)
      throw refuse();
    // RFC 5280 §4.1.1.2: what is signed says how it is signed.
    if (inner === undefined || Buffer.compare(inner.raw, algorithm.raw) !== 0) throw refuse();
    const hex = Buffer.from(serial.content)
      .toString('hex')
      .replace(/^(?:00)+(?=.)/, '');
    this.subject = describeName(subject);
    this.validFromDate = from;
    this.validToDate = to;
    this.serialNumber = hex.toUpperCase();
    this.publicKey = readSpki(key.raw);
    this.#tbs = tbs;
    this.#algorithm = algorithm;
    this.#signature = signature;
  }

  /** Whether the key signed it; false for a signature of another kind. */
  verify(key: KeyHandle): boolean {
    const [type, hash] = ALGORITHMS[readOid(this.#algorithm.children[0]) ?? ''] ?? [];
    if (type === undefined || hash === undefined || key.asymmetricKeyType !== type) return false;
    return verify(hash, this.#tbs.raw, key, this.#signature);
  }
}

function describeName(name: Asn1Node | undefined): string | undefined {
  const lines = readSequence(name).map((set) =>
    set.children
      .map(({ children: [type, value] }) => {
        const oid = readOid(type) ?? '';
        return `${NAMES[oid] ?? oid}=${readText(value)}`;
      })
      .join('+'),
  );
  return lines.length === 0 ? undefined : lines.join('\n');
}

/** Control characters as OpenSSL escapes them, and what a name’s own syntax uses (RFC 2253 §2.4). */
function readText(value: Asn1Node | undefined): string {
  const text = Buffer.from(value?.content ?? new Uint8Array(0)).toString('utf8');
  return text
    .replace(/[,+"\\<>;]/g, '\\$&')
    .replace(/^[ #]| $/g, '\\$&')
    .replace(
      /[\0-\x1f\x7f]/g,
      (char) => `\\${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
    );
}

function readSequence(node: Asn1Node | undefined): readonly Asn1Node[] {
  if (node?.tag !== asn1Tags.sequence) throw refuse();
  return node.children;
}

function refuse(): Error {
  return x509Errors.certificate_invalid('the bytes are not a certificate that can be read');
}
