// Public keys as node:crypto hands them out, read for the pages: SubjectPublicKeyInfo (RFC 5280 §4.1.2.7, RFC 5480,
// RFC 8410) and PKCS #1 (RFC 8017 §A.1.1), DER and strict. A key of a kind that nothing here checks with is still
// read where Node reads it, with its kind, so that the verifier refuses it in the same words.
import { ed25519 } from '@noble/curves/ed25519.js';
import { p256, p384, p521 } from '@noble/curves/nist.js';
import {
  type Asn1Node,
  asn1Tags,
  formatAsn1,
  parseAsn1,
  readBits,
  readOid,
} from '../../../src/formats/x509/asn1.ts';
import { x509Errors } from '../../../src/formats/x509/errors.ts';
import { createRsaKey, type RsaKey, toBigInt } from './rsa.ts';

export type Curve = typeof p256;

/** What Node's KeyObject has of it, as far as the verifier asks. */
export interface KeyHandle {
  readonly asymmetricKeyType: string;
  readonly asymmetricKeyDetails: { readonly namedCurve?: string; readonly modulusLength?: number };
  readonly use:
    | { readonly kind: 'ec'; readonly curve: Curve; readonly point: Uint8Array }
    | { readonly kind: 'ed25519'; readonly point: Uint8Array }
    | { readonly kind: 'rsa'; readonly key: RsaKey }
    | { readonly kind: 'none' };
  /** SubjectPublicKeyInfo, DER. */
  export(): Uint8Array;
}

/** Of any key; RSA's largest that is taken has some 2,100. */
const KEY_BYTES = 16_384;
const NULL = 0x05;
const RSA_OID = '1.2.840.113549.1.1.1';
const EC_OID = '1.2.840.10045.2.1';
const ED25519_OID = '1.3.101.112';

const CURVES: Readonly<Record<string, readonly [string, Curve]>> = {
  '1.2.840.10045.3.1.7': ['prime256v1', p256],
  '1.3.132.0.34': ['secp384r1', p384],
  '1.3.132.0.35': ['secp521r1', p521],
};

/** Read by Node too, and never used. */
const OTHER_CURVES: Readonly<Record<string, string>> = {
  '1.3.132.0.10': 'secp256k1',
  '1.3.132.0.33': 'secp224r1',
};

/** Kinds that Node reads and the verifier takes none of. */
const OTHERS: Readonly<Record<string, string>> = {
  '1.2.840.113549.1.1.10': 'rsa-pss',
  '1.2.840.10040.4.1': 'dsa',
  '1.3.101.110': 'x25519',
  '1.3.101.111': 'x448',
  '1.3.101.113': 'ed448',
};

export function readSpki(der: Uint8Array): KeyHandle {
  const [algorithm, bits, ...rest] = readSequence(der);
  const oid = readOid(algorithm?.children[0]) ?? '';
  const key = readBits(bits);
  if (algorithm?.tag !== asn1Tags.sequence || key === undefined || rest.length > 0) throw refuse();
  const [, parameters, ...more] = algorithm.children;
  // RSA's are NULL or absent, Ed25519's absent, those of curves the curve.
  const isPlain =
    parameters === undefined || (parameters.tag === NULL && parameters.content.byteLength === 0);
  if (more.length > 0 || (oid === RSA_OID && !isPlain) || (oid === ED25519_OID && parameters !== undefined))
    throw refuse();
  const read = { export: () => der };
  if (oid === RSA_OID) return { ...readRsa(key), ...read };
  if (oid === EC_OID) return { ...readEc(readOid(parameters), key), ...read };
  if (oid === ED25519_OID) {
    ed25519.Point.fromBytes(key);
    return {
      asymmetricKeyType: 'ed25519',
      asymmetricKeyDetails: {},
      use: { kind: 'ed25519', point: key },
      ...read,
    };
  }
  const asymmetricKeyType = OTHERS[oid];
  if (asymmetricKeyType === undefined) throw refuse();
  return { asymmetricKeyType, asymmetricKeyDetails: {}, use: { kind: 'none' }, ...read };
}

export function readPkcs1(der: Uint8Array): KeyHandle {
  const spki = formatAsn1(asn1Tags.sequence, [
    // rsaEncryption with its NULL.
    Uint8Array.from([0x30, 13, 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 13, 1, 1, 1, 5, 0]),
    formatAsn1(asn1Tags.bits, [Uint8Array.of(0), der]),
  ]);
  return { ...readRsa(der), export: () => spki };
}

function readRsa(der: Uint8Array): Omit<KeyHandle, 'export'> {
  const [modulus, exponent] = readSequence(der).map(readPositive);
  if (modulus === undefined || exponent === undefined) throw refuse();
  const key = createRsaKey(modulus, exponent);
  return {
    asymmetricKeyType: 'rsa',
    asymmetricKeyDetails: { modulusLength: key.modulusBits },
    use: { kind: 'rsa', key },
  };
}

function readEc(oid = '', point: Uint8Array): Omit<KeyHandle, 'export'> {
  const other = OTHER_CURVES[oid];
  if (other !== undefined)
    return { asymmetricKeyType: 'ec', asymmetricKeyDetails: { namedCurve: other }, use: { kind: 'none' } };
  const [namedCurve, curve] = CURVES[oid] ?? [];
  if (namedCurve === undefined || curve === undefined) throw refuse();
  curve.Point.fromBytes(point).assertValidity();
  return { asymmetricKeyType: 'ec', asymmetricKeyDetails: { namedCurve }, use: { kind: 'ec', curve, point } };
}

function readSequence(der: Uint8Array): readonly Asn1Node[] {
  const node = parseAsn1(der, x509Errors.key_invalid, KEY_BYTES);
  if (node.tag !== asn1Tags.sequence) throw refuse();
  return node.children;
}

function readPositive({ tag, content }: Asn1Node): bigint {
  const [first, second = 0x80] = content;
  const isShortest = first !== 0 || second >= 0x80;
  if (tag !== asn1Tags.integer || first === undefined || first >= 0x80 || !isShortest) throw refuse();
  return toBigInt(content);
}

function refuse(): Error {
  return x509Errors.key_invalid('the bytes are not a public key that can be read');
}
