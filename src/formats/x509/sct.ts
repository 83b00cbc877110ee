// Signed certificate timestamps (RFC 6962): a certificate log's promise over a precertificate (§3.2), and the list
// of them in the certificate that then is issued (§3.3). Sizes of two bytes stand before each variable part.
import { hash } from 'node:crypto';
import { limits } from '../../kit/limits.ts';
import type { SignatureAlgorithm } from './algorithm.ts';
import { type Asn1Node, parseAsn1, readOid } from './asn1.ts';
import { type Der, derOctets, derSequence, derWrapped } from './der.ts';
import { x509Errors } from './errors.ts';
import { extensionOids } from './extension.ts';

/** One log's promise. Only version 1 and ECDSA or RSA over SHA-256 exist (RFC 6962 §2.1.4). */
export interface SignedTimestamp {
  /** SHA-256 of the log's SubjectPublicKeyInfo. */
  readonly logId: Uint8Array;
  readonly timestampMs: number;
  readonly algorithm: SignatureAlgorithm;
  /** DER of the signature over `formatSctInput`. */
  readonly signature: Uint8Array;
  /** Of the log; mostly empty. */
  readonly extensions: Uint8Array;
}

const VERSION_1 = 0;
const CERTIFICATE_TIMESTAMP = 0;
const PRECERT_ENTRY = 1;
const SHA256 = 4;
const LOG_ID_BYTES = 32;
const EXTENSIONS_TAG = 3;
const signatureCodes: ReadonlyMap<number, SignatureAlgorithm> = new Map([
  [1, 'rsa-pkcs1-sha256'],
  [3, 'ecdsa-p256-sha256'],
]);

/** Whether a list of SCTs can name the algorithm. */
export function isSctAlgorithm(algorithm: SignatureAlgorithm): boolean {
  return signatureCodes.values().some((one) => one === algorithm);
}

/** SHA-256 of the log's key. */
export function ctLogId(publicKey: Uint8Array): Uint8Array {
  return hash('sha256', publicKey, 'buffer');
}

/** What the log signs: time, issuer's key and the certificate's part without poison and without the list. */
export function formatSctInput(parts: {
  readonly timestampMs: number;
  /** SubjectPublicKeyInfo of who issues. */
  readonly issuerKey: Uint8Array;
  readonly tbs: Uint8Array;
  readonly extensions?: Uint8Array;
}): Uint8Array {
  return Buffer.concat([
    Uint8Array.of(VERSION_1, CERTIFICATE_TIMESTAMP),
    bigEndian(parts.timestampMs, 8),
    bigEndian(PRECERT_ENTRY, 2),
    hash('sha256', parts.issuerKey, 'buffer'),
    sized(parts.tbs, 3),
    sized(parts.extensions ?? new Uint8Array(0), 2),
  ]);
}

/** The value of the certificate's extension: an OCTET STRING around the list. `x509.certificate_impossible` */
export function formatSctList(scts: readonly SignedTimestamp[]): Der {
  const list = scts.map((sct) => {
    const code = [...signatureCodes].find(([, name]) => name === sct.algorithm)?.[0];
    if (code === undefined || sct.logId.byteLength !== LOG_ID_BYTES)
      throw x509Errors.certificate_impossible(
        'a certificate log has a P-256 or RSA key, and an id of 32 bytes',
      );
    const parts = [
      Uint8Array.of(VERSION_1),
      sct.logId,
      bigEndian(sct.timestampMs, 8),
      sized(sct.extensions, 2),
      Uint8Array.of(SHA256, code),
      sized(sct.signature, 2),
    ];
    return sized(Buffer.concat(parts), 2);
  });
  return derOctets(sized(Buffer.concat(list), 2));
}

/**
 * What a log signs of a precertificate: the signed part without the poison (RFC 6962 §3.2), all else byte for byte,
 * and so what the certificate will have but for the list. `x509.certificate_invalid` where there is no poison.
 */
export function withoutPoison(precertificate: Uint8Array): Uint8Array {
  const invalid = x509Errors.certificate_invalid;
  const [tbs] = parseAsn1(precertificate, invalid, limits.certificateBytes).children;
  const fields = tbs?.children ?? [];
  const all = fields.at(-1)?.children[0]?.children ?? [];
  const kept = all.filter(({ children: [oid] }) => readOid(oid) !== extensionOids.poison);
  if (kept.length + 1 !== all.length) throw invalid('the precertificate does not have the poison once');
  const parts = fields.slice(0, -1).map(rawOf);
  return derSequence(...parts, derWrapped(EXTENSIONS_TAG, derSequence(...kept.map(rawOf))));
}

function rawOf({ raw }: Asn1Node): Der {
  return raw;
}

function bigEndian(value: number, sizeBytes: number): Uint8Array {
  const bytes = new Uint8Array(sizeBytes);
  for (let at = sizeBytes - 1, rest = value; at >= 0; at -= 1, rest = Math.floor(rest / 256))
    bytes[at] = rest % 256;
  return bytes;
}

function sized(bytes: Uint8Array, sizeBytes: number): Uint8Array {
  return Buffer.concat([bigEndian(bytes.byteLength, sizeBytes), bytes]);
}
