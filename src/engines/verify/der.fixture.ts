// Certificates and timestamps for tests, put together byte by byte and signed with keys of their own.
import { createHash, type KeyObject, sign } from 'node:crypto';
import { formatAsn1 } from '../../formats/x509/asn1.ts';
import { parseCertificate } from '../../formats/x509/certificate.ts';
import { formatSignedEntry } from '../../formats/x509/certificate-timestamp.ts';

export const seq = (...parts: readonly Uint8Array[]): Uint8Array => formatAsn1(0x30, parts);
export const set = (...parts: readonly Uint8Array[]): Uint8Array => formatAsn1(0x31, parts);
export const octets = (...parts: readonly Uint8Array[]): Uint8Array => formatAsn1(0x04, parts);
export const utf8 = (text: string): Uint8Array => formatAsn1(0x0c, [Buffer.from(text)]);
export const int = (...bytes: readonly number[]): Uint8Array => formatAsn1(0x02, [Uint8Array.from(bytes)]);
export const time = (at: Date): Uint8Array =>
  formatAsn1(0x18, [Buffer.from(`${at.toISOString().replace(/[-:T]|\.\d{3}/g, '')}`)]);

export function oid(dotted: string): Uint8Array {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const bytes = [first * 40 + second, ...rest].flatMap((arc) => {
    const digits = [arc & 0x7f];
    for (let left = Math.floor(arc / 128); left > 0; left = Math.floor(left / 128))
      digits.unshift((left & 0x7f) | 0x80);
    return digits;
  });
  return formatAsn1(0x06, [Uint8Array.from(bytes)]);
}

const ECDSA_SHA256 = seq(oid('1.2.840.10045.4.3.2'));
const SHA256 = seq(oid('2.16.840.1.101.3.4.2.1'));

export interface KeyPair {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

export const spki = ({ publicKey }: KeyPair): Buffer => publicKey.export({ format: 'der', type: 'spki' });

export interface Holder {
  readonly keys: KeyPair;
  readonly certificate: Uint8Array;
}

export interface CertificateParts {
  readonly name: string;
  readonly keys: KeyPair;
  readonly issuer?: Holder;
  readonly serial?: number;
  readonly startsAt: Date;
  readonly endsAt: Date;
  readonly isAuthority?: boolean;
  /** Dotted; the extension is critical. */
  readonly purpose?: string;
  readonly uris?: readonly string[];
  /** Numbers below 1.3.6.1.4.1.57264.1, as DER text. */
  readonly claims?: Readonly<Record<number, string>>;
  /** More extensions: OID, critical, value. */
  readonly more?: readonly (readonly [string, boolean, Uint8Array])[];
  readonly certificateLog?: KeyPair;
}

export function makeCertificate(parts: CertificateParts): Uint8Array {
  const bare = signCertificate(parts, []);
  if (parts.certificateLog === undefined || parts.issuer === undefined) return bare;
  const stamp = { time: parts.startsAt, extensions: new Uint8Array(0) };
  const entry = formatSignedEntry(parseCertificate(bare), spki(parts.issuer.keys), stamp);
  const signature = sign('sha256', entry, parts.certificateLog.privateKey);
  const at = Buffer.alloc(8);
  at.writeBigUInt64BE(BigInt(stamp.time.getTime()));
  const id = createHash('sha256').update(spki(parts.certificateLog)).digest();
  const one = Buffer.concat([Uint8Array.of(0), id, at, Uint8Array.of(0, 0, 4, 3), vector(signature)]);
  return signCertificate(parts, [['1.3.6.1.4.1.11129.2.4.2', false, octets(vector(vector(one)))]]);
}

function vector(bytes: Uint8Array): Buffer {
  return Buffer.concat([Uint8Array.of(bytes.byteLength >> 8, bytes.byteLength & 0xff), bytes]);
}

function signCertificate(parts: CertificateParts, last: NonNullable<CertificateParts['more']>): Uint8Array {
  const {
    name,
    keys,
    issuer,
    serial = 7,
    startsAt,
    endsAt,
    isAuthority = false,
    purpose,
    uris,
    claims = {},
  } = parts;
  const extensions: (readonly [string, boolean, Uint8Array])[] = [
    ['2.5.29.15', true, formatAsn1(0x03, [isAuthority ? Uint8Array.of(2, 0x04) : Uint8Array.of(7, 0x80)])],
    ...(isAuthority ? [['2.5.29.19', true, seq(formatAsn1(0x01, [Uint8Array.of(0xff)]))] as const] : []),
    ...(purpose === undefined ? [] : [['2.5.29.37', true, seq(oid(purpose))] as const]),
    ...(uris === undefined
      ? []
      : [['2.5.29.17', true, seq(...uris.map((uri) => formatAsn1(0x86, [Buffer.from(uri)])))] as const]),
    ...Object.entries(claims).map(
      ([number, text]) => [`1.3.6.1.4.1.57264.1.${number}`, false, utf8(text)] as const,
    ),
    ...(parts.more ?? []),
    ...last,
  ];
  const tbs = seq(
    formatAsn1(0xa0, [int(2)]),
    int(serial),
    ECDSA_SHA256,
    issuer === undefined ? formatName(name) : parseCertificate(issuer.certificate).subject,
    seq(time(startsAt), time(endsAt)),
    formatName(name),
    spki(keys),
    formatAsn1(0xa3, [
      seq(
        ...extensions.map(([id, isCritical, value]) =>
          seq(oid(id), ...(isCritical ? [formatAsn1(0x01, [Uint8Array.of(0xff)])] : []), octets(value)),
        ),
      ),
    ]),
  );
  const signature = sign('sha256', tbs, (issuer?.keys ?? keys).privateKey);
  return seq(tbs, ECDSA_SHA256, formatAsn1(0x03, [Uint8Array.of(0), signature]));
}

function formatName(name: string): Uint8Array {
  return name === '' ? seq() : seq(set(seq(oid('2.5.4.3'), utf8(name))));
}

/** A response of RFC 3161 over these bytes. */
export function makeTimestamp(stamped: Uint8Array, at: Date, authority: Holder): Uint8Array {
  const hash = (bytes: Uint8Array): Buffer => createHash('sha256').update(bytes).digest();
  const content = seq(int(1), oid('1.2.3.4'), seq(SHA256, octets(hash(stamped))), int(1), time(at));
  const attributes = [
    seq(oid('1.2.840.113549.1.9.3'), set(oid('1.2.840.113549.1.9.16.1.4'))),
    seq(oid('1.2.840.113549.1.9.4'), set(octets(hash(content)))),
  ];
  const { issuer, serial } = parseCertificate(authority.certificate);
  const signerInfo = seq(
    int(1),
    seq(issuer, int(...Buffer.from(serial.padStart(2, '0'), 'hex'))),
    SHA256,
    formatAsn1(0xa0, attributes),
    ECDSA_SHA256,
    octets(sign('sha256', set(...attributes), authority.keys.privateKey)),
  );
  const signedData = seq(
    int(3),
    set(SHA256),
    seq(oid('1.2.840.113549.1.9.16.1.4'), formatAsn1(0xa0, [octets(content)])),
    set(signerInfo),
  );
  return seq(seq(int(0)), seq(oid('1.2.840.113549.1.7.2'), formatAsn1(0xa0, [signedData])));
}
