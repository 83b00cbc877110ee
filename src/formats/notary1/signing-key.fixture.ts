// Keys that sign role files in tests, of every type and method of Notary v1, with self-signed certificates where the
// type has them. The certificates are spelt here by hand: a dozen bytes of DER around what node:crypto signs.
import {
  constants,
  createHash,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
} from 'node:crypto';
import { formatCertificates } from './certificate.ts';
import { createRoleKey, type RoleKey } from './role-key.ts';
import type { RoleSignature } from './signature.ts';

export interface SigningKey {
  readonly key: RoleKey;
  /** For the keys with a certificate, PEM. */
  readonly certificate?: string;
  sign(message: Uint8Array): RoleSignature;
}

export type SigningKeyType = 'ecdsa' | 'ecdsa-x509' | 'ed25519' | 'rsa' | 'rsa-x509';

export interface SigningKeyOptions {
  /** For RSA; rsapss where absent. */
  readonly method?: 'rsapss' | 'rsapkcs1v15' | 'pycrypto-pkcs#1 pss';
  readonly modulusBits?: number;
  readonly validFrom?: string;
  readonly validUntil?: string;
  readonly isSha1?: boolean;
  /** The same key pair, in another certificate. */
  readonly privateKey?: KeyObject;
}

/** A fresh key; its certificate, where it has one, is for this common name. */
export function createSigningKey(
  type: SigningKeyType,
  commonName: string,
  options: SigningKeyOptions = {},
): SigningKey {
  const privateKey = options.privateKey ?? generate(type, options.modulusBits ?? 2048);
  const spki = publicDer(privateKey);
  if (type === 'ed25519') {
    const key = createRoleKey(type, spki.subarray(-32));
    return { key, sign: (message) => signed(key, 'eddsa', sign(null, message, privateKey)) };
  }
  const der = type.endsWith('-x509') ? certify(privateKey, commonName, options) : undefined;
  const isPem = options.method === 'pycrypto-pkcs#1 pss';
  const plain = isPem ? Buffer.from(pemOf(spki)) : spki;
  const key = createRoleKey(type, der === undefined ? plain : formatCertificates([der]));
  const certificate = der === undefined ? {} : { certificate: Buffer.from(key.bytes).toString() };
  if (type.startsWith('ecdsa'))
    return {
      key,
      ...certificate,
      sign: (message) =>
        signed(key, 'ecdsa', sign('sha256', message, { key: privateKey, dsaEncoding: 'ieee-p1363' })),
    };
  const method = options.method ?? 'rsapss';
  const padding =
    method === 'rsapkcs1v15'
      ? { padding: constants.RSA_PKCS1_PADDING }
      : { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 };
  return {
    key,
    ...certificate,
    sign: (message) => signed(key, method, sign('sha256', message, { key: privateKey, ...padding })),
  };
}

function signed(key: RoleKey, method: string, bytes: Uint8Array): RoleSignature {
  return { keyId: key.id, method, bytes };
}

function generate(type: SigningKeyType, modulusLength: number): KeyObject {
  if (type === 'ed25519') return generateKeyPairSync('ed25519').privateKey;
  if (type.startsWith('rsa')) return generateKeyPairSync('rsa', { modulusLength }).privateKey;
  return generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).privateKey;
}

function publicDer(privateKey: KeyObject): Buffer {
  return createPublicKey(privateKey).export({ format: 'der', type: 'spki' });
}

function pemOf(spki: Uint8Array): string {
  return `-----BEGIN PUBLIC KEY-----\n${Buffer.from(spki).toString('base64')}\n-----END PUBLIC KEY-----\n`;
}

const ECDSA_SHA256 = '06082a8648ce3d040302';
const ECDSA_SHA1 = '06072a8648ce3d0401';
const RSA_SHA256 = '06092a864886f70d01010b0500';
const RSA_SHA1 = '06092a864886f70d0101050500';

/** A self-signed certificate without extensions (RFC 5280 §4.1). */
function certify(privateKey: KeyObject, commonName: string, options: SigningKeyOptions): Uint8Array {
  const isRsa = privateKey.asymmetricKeyType === 'rsa';
  const oid = isRsa ? (options.isSha1 ? RSA_SHA1 : RSA_SHA256) : options.isSha1 ? ECDSA_SHA1 : ECDSA_SHA256;
  const algorithm = der(0x30, Buffer.from(oid, 'hex'));
  const name = der(
    0x30,
    der(0x31, der(0x30, Buffer.from('0603550403', 'hex'), der(0x0c, Buffer.from(commonName)))),
  );
  const spki = publicDer(privateKey);
  const serial = createHash('sha256').update(spki).update(commonName).digest().subarray(0, 8);
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x40;
  const validity = der(
    0x30,
    time(options.validFrom ?? '2020-01-01T00:00:00Z'),
    time(options.validUntil ?? '2049-01-01T00:00:00Z'),
  );
  const version = der(0xa0, der(0x02, Buffer.from([2])));
  const body = der(0x30, version, der(0x02, serial), algorithm, name, validity, name, spki);
  const signature = sign(options.isSha1 ? 'sha1' : 'sha256', body, privateKey);
  return der(0x30, body, algorithm, der(0x03, Buffer.from([0]), signature));
}

function time(text: string): Buffer {
  return der(0x18, Buffer.from(text.replace(/[-:T]/g, '')));
}

function der(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(parts);
  const { length } = body;
  const size =
    length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), body]);
}
