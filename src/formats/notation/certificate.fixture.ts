// Certificates of one's own for tests: any key the specification knows, and any extension that one wants to see
// refused. Written with the ASN.1 library and signed by the platform, so that nothing is shared with what is tested.
import { createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import {
  Boolean as Asn1Boolean,
  Set as Asn1Set,
  type BaseBlock,
  BitString,
  Constructed,
  fromBER,
  Integer,
  ObjectIdentifier,
  OctetString,
  Sequence,
  UTCTime,
  Utf8String,
} from 'asn1js';
import { type Certificate, parseCertificate } from './certificate.ts';

export interface Issued {
  readonly certificate: Certificate;
  readonly key: KeyObject;
}

export interface CertificateRequest {
  /** `C=DE,O=Example`; without escapes. */
  readonly subject: string;
  /** ES256 and so on by the key's size, or one that is refused. */
  readonly algorithm?: string;
  /** Itself where absent. */
  readonly issuer?: Issued;
  readonly extensions?: readonly BaseBlock[];
  readonly notBefore?: string;
  readonly notAfter?: string;
  readonly hash?: 'sha256' | 'sha384' | 'sha1';
}

export const oids: Readonly<Record<string, string>> = {
  C: '2.5.4.6',
  ST: '2.5.4.8',
  O: '2.5.4.10',
  OU: '2.5.4.11',
  CN: '2.5.4.3',
  E: '1.2.840.113549.1.9.1',
  sha256: '2.16.840.1.101.3.4.2.1',
  'ec sha256': '1.2.840.10045.4.3.2',
  'ec sha384': '1.2.840.10045.4.3.3',
  'ec sha1': '1.2.840.10045.4.1',
  'rsa sha256': '1.2.840.113549.1.1.11',
  'rsa sha384': '1.2.840.113549.1.1.12',
  'rsa sha1': '1.2.840.113549.1.1.5',
};

/** Inside every certificate's validity, unless a test says otherwise. */
export const nowMs = Date.parse('2026-01-02T03:04:05Z');

export function sequence(...value: readonly BaseBlock[]): Sequence {
  return new Sequence({ value: [...value] as never });
}

export function oid(value: string): ObjectIdentifier {
  return new ObjectIdentifier({ value });
}

/** An explicit context tag around a value, or around a list's members. */
export function tagged(tagNumber: number, ...value: readonly BaseBlock[]): Constructed {
  return new Constructed({ idBlock: { tagClass: 3, tagNumber }, value: [...value] as never });
}

export function encoded(block: BaseBlock): Buffer {
  return Buffer.from(block.toBER());
}

export function extension(id: string, critical: boolean, value: BaseBlock): Sequence {
  const octets = new OctetString({ valueHex: new Uint8Array(encoded(value)).buffer });
  return sequence(oid(id), ...(critical ? [new Asn1Boolean({ value: true })] : []), octets);
}

/** Bits of RFC 5280 §4.2.1.3 by number. */
export function keyUsage(bits: readonly number[], critical = true): Sequence {
  const bytes = new Uint8Array(2);
  for (const bit of bits) bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) | (0x80 >> (bit & 7));
  return extension('2.5.29.15', critical, new BitString({ valueHex: bytes.buffer, unusedBits: 0 }));
}

export function extendedKeyUsage(purposes: readonly string[], critical = false): Sequence {
  return extension('2.5.29.37', critical, sequence(...purposes.map(oid)));
}

export function basicConstraints(ca: boolean, pathLength?: number, critical = true): Sequence {
  const parts = [
    ...(ca ? [new Asn1Boolean({ value: true })] : []),
    ...(pathLength === undefined ? [] : [new Integer({ value: pathLength })]),
  ];
  return extension('2.5.29.19', critical, sequence(...parts));
}

/** Says that revocation is asked for by OCSP at some address. */
export function ocspAddress(url = 'http://ocsp.example.org/'): Sequence {
  return extension('1.3.6.1.5.5.7.1.1', false, sequence(sequence(oid('1.3.6.1.5.5.7.48.1'), uri(url))));
}

/** Says that a list of revoked certificates is at some address. */
export function listAddress(url = 'http://crl.example.org/'): Sequence {
  return extension('2.5.29.31', false, sequence(sequence(tagged(0, tagged(0, uri(url))))));
}

export const authorityExtensions = [basicConstraints(true), keyUsage([5, 6])];
export const leafExtensions = [keyUsage([0])];
export const timestampExtensions = [keyUsage([0]), extendedKeyUsage(['1.3.6.1.5.5.7.3.8'], true)];

/** Issues one certificate. */
export function issue(request: CertificateRequest): Issued {
  const { issuer, hash = 'sha256' } = request;
  const key = generateKey(request.algorithm ?? 'ES256');
  const signer = issuer?.key ?? key;
  const algorithm = signatureAlgorithm(signer, hash);
  const tbs = sequence(
    tagged(0, new Integer({ value: 2 })),
    new Integer({ value: 4711 }),
    algorithm,
    issuer === undefined
      ? nameOf(request.subject)
      : (fromBER(issuer.certificate.subjectDer).result as BaseBlock),
    sequence(
      timeOf(request.notBefore ?? '2025-01-01T00:00:00Z'),
      timeOf(request.notAfter ?? '2035-01-01T00:00:00Z'),
    ),
    nameOf(request.subject),
    fromBER(createPublicKey(key).export({ type: 'spki', format: 'der' })).result as BaseBlock,
    tagged(3, sequence(...(request.extensions ?? leafExtensions))),
  );
  const signature = new Uint8Array(sign(hash, encoded(tbs), signer));
  const der = encoded(sequence(tbs, algorithm, new BitString({ valueHex: signature.buffer })));
  return { certificate: parseCertificate(der, 'the test’s certificate'), key };
}

/** A root and a signing certificate under it. */
export function issueChain(
  algorithm: string,
  extra: Partial<CertificateRequest> = {},
): { readonly root: Issued; readonly leaf: Issued; readonly chain: readonly Certificate[] } {
  const root = issue({
    subject: 'C=DE,ST=Hamburg,O=Example,CN=Example Root',
    extensions: authorityExtensions,
  });
  const leaf = issue({
    subject: 'C=DE,ST=Hamburg,O=Example,CN=Example Signer',
    algorithm,
    issuer: root,
    ...extra,
  });
  return { root, leaf, chain: [leaf.certificate, root.certificate] };
}

export function signatureAlgorithm(key: KeyObject, hash: string): Sequence {
  return sequence(oid(oids[`${key.asymmetricKeyType} ${hash}`] ?? ''));
}

function generateKey(algorithm: string): KeyObject {
  if (algorithm === 'Ed25519') return generateKeyPairSync('ed25519').privateKey;
  const curves: Readonly<Record<string, string>> = { ES256: 'P-256', ES384: 'P-384', ES512: 'P-521' };
  const sizes: Readonly<Record<string, number>> = { PS256: 2048, PS384: 3072, PS512: 4096, RSA2560: 2560 };
  const namedCurve = curves[algorithm];
  if (namedCurve !== undefined) return generateKeyPairSync('ec', { namedCurve }).privateKey;
  return generateKeyPairSync('rsa', { modulusLength: sizes[algorithm] ?? 2048 }).privateKey;
}

function nameOf(text: string): Sequence {
  return sequence(
    ...text.split(',').map((part) => {
      const [type = '', value = ''] = part.split('=');
      const pair = sequence(oid(oids[type] ?? type), new Utf8String({ value }));
      return new Asn1Set({ value: [pair] as never });
    }),
  );
}

function timeOf(text: string): UTCTime {
  return new UTCTime({ valueDate: new Date(text) });
}

function uri(url: string): BaseBlock {
  const bytes = new TextEncoder().encode(url);
  return fromBER(Uint8Array.of(0x86, bytes.byteLength, ...bytes)).result as BaseBlock;
}
