// Signed certificate timestamps embedded in a certificate (RFC 6962 §3.3): a certificate log's promise that it
// knows the certificate. Read here, and the bytes that the log signed put together (§3.2).
import { hash } from 'node:crypto';
import { limits } from '../../kit/limits.ts';
import { asn1Tags, parseAsn1 } from './asn1.ts';
import { type Certificate, withoutTimestamps } from './certificate.ts';
import { x509Errors } from './errors.ts';

export interface CertificateTimestamp {
  /** SHA-256 of the log's key; 32 bytes. */
  readonly logId: Uint8Array;
  readonly time: Date;
  readonly extensions: Uint8Array;
  /** TLS numbers (RFC 5246 §7.4.1.4.1): hash 4 is SHA-256; signature 1 is RSA, 3 ECDSA. */
  readonly hashAlgorithm: number;
  readonly signatureAlgorithm: number;
  readonly signature: Uint8Array;
}

const TIMESTAMPS = '1.3.6.1.4.1.11129.2.4.2';

/** None where the certificate has no such extension; `x509.certificate_invalid` where it is not readable. */
export function readCertificateTimestamps({ extensions }: Certificate): readonly CertificateTimestamp[] {
  const extension = extensions.get(TIMESTAMPS);
  if (extension === undefined) return [];
  const octets = parseAsn1(extension.value, x509Errors.certificate_invalid, limits.certificateBytes);
  if (octets.tag !== asn1Tags.octets) throw refuse();
  const list = takeVector(octets.content, 0);
  if (list.end !== octets.content.byteLength) throw refuse();
  const found: CertificateTimestamp[] = [];
  for (let at = 0; at < list.bytes.byteLength; ) {
    const one = takeVector(list.bytes, at);
    found.push(readOne(one.bytes));
    at = one.end;
    if (found.length > limits.certificateTimestamps) throw refuse();
  }
  return found;
}

function readOne(bytes: Uint8Array): CertificateTimestamp {
  if (bytes.byteLength < 47 || bytes[0] !== 0) throw refuse();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const time = new Date(Number(view.getBigUint64(33)));
  const extensions = takeVector(bytes, 41);
  if (extensions.end + 4 > bytes.byteLength || Number.isNaN(time.getTime())) throw refuse();
  const signature = takeVector(bytes, extensions.end + 2);
  if (signature.end !== bytes.byteLength) throw refuse();
  return {
    logId: bytes.subarray(1, 33),
    time,
    extensions: extensions.bytes,
    hashAlgorithm: bytes[extensions.end] as number,
    signatureAlgorithm: bytes[extensions.end + 1] as number,
    signature: signature.bytes,
  };
}

/** What the log signed: the entry of a precertificate under this issuer. */
export function formatSignedEntry(
  certificate: Certificate,
  issuerKey: Uint8Array,
  timestamp: Pick<CertificateTimestamp, 'time' | 'extensions'>,
): Uint8Array {
  const tbs = withoutTimestamps(certificate);
  const time = Buffer.alloc(8);
  time.writeBigUInt64BE(BigInt(timestamp.time.getTime()));
  const sizes = Buffer.alloc(5);
  sizes.writeUIntBE(tbs.byteLength, 0, 3);
  sizes.writeUInt16BE(timestamp.extensions.byteLength, 3);
  return Buffer.concat([
    // Version 1, certificate_timestamp; precert_entry.
    Uint8Array.of(0, 0),
    time,
    Uint8Array.of(0, 1),
    hash('sha256', issuerKey, 'buffer'),
    sizes.subarray(0, 3),
    tbs,
    sizes.subarray(3),
    timestamp.extensions,
  ]);
}

function takeVector(bytes: Uint8Array, at: number): { readonly bytes: Uint8Array; readonly end: number } {
  const size = ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
  const end = at + 2 + size;
  if (end > bytes.byteLength) throw refuse();
  return { bytes: bytes.subarray(at + 2, end), end };
}

function refuse(): Error {
  return x509Errors.certificate_invalid(
    `its signed timestamps are not a list of at most ${limits.certificateTimestamps} (RFC 6962 §3.3)`,
  );
}
