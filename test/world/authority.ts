// A certificate authority of a test's own: real X.509 (RFC 5280) of P-256 keys, signed by node:crypto, so that a test
// needs no program for it. Made anew each time, for any names and any time.
import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Pair {
  /** PEM. */
  readonly certificate: string;
  /** PEM, PKCS #8. */
  readonly key: string;
  /** Files of both where it was written: see `write`. */
  write(folder: string, name: string): { readonly certificate: string; readonly key: string };
}

export interface PairWish {
  readonly commonName: string;
  readonly uris?: readonly string[];
  readonly hosts?: readonly string[];
  readonly emails?: readonly string[];
  readonly addresses?: readonly string[];
  /** An hour ago where absent. */
  readonly notBefore?: Date;
  /** In a day where absent. */
  readonly notAfter?: Date;
}

export interface Authority extends Pair {
  issue(wish: PairWish): Pair;
}

const HOUR_MS = 3_600_000;

export function createAuthority(commonName = 'test authority'): Authority {
  const keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const issuer = name(commonName);
  const own = pair({ commonName }, { ...keys, issuer, signer: keys.privateKey, isAuthority: true });
  return {
    ...own,
    issue(wish) {
      const made = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      return pair(wish, { ...made, issuer, signer: keys.privateKey, isAuthority: false });
    },
  };
}

function pair(
  wish: PairWish,
  parts: {
    readonly publicKey: KeyObject;
    readonly privateKey: KeyObject;
    readonly issuer: Buffer;
    readonly signer: KeyObject;
    readonly isAuthority: boolean;
  },
): Pair {
  const now = Date.now();
  const notBefore = wish.notBefore ?? new Date(now - HOUR_MS);
  const notAfter = wish.notAfter ?? new Date(now + 24 * HOUR_MS);
  const body = sequence(
    tagged(0xa0, integer(Buffer.from([2]))),
    integer(Buffer.concat([Buffer.from([1]), randomBytes(15)])),
    ECDSA_SHA256,
    parts.issuer,
    sequence(time(notBefore), time(notAfter)),
    name(wish.commonName),
    parts.publicKey.export({ format: 'der', type: 'spki' }),
    tagged(0xa3, sequence(...extensions(wish, parts.isAuthority))),
  );
  const signature = sign('sha256', body, parts.signer);
  const der = sequence(body, ECDSA_SHA256, tagged(0x03, Buffer.concat([Buffer.from([0]), signature])));
  const certificate = pem('CERTIFICATE', der);
  const key = parts.privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
  return {
    certificate,
    key,
    write(folder, file) {
      const paths = { certificate: join(folder, `${file}.crt`), key: join(folder, `${file}.key`) };
      writeFileSync(paths.certificate, certificate);
      writeFileSync(paths.key, key);
      return paths;
    },
  };
}

function extensions(wish: PairWish, isAuthority: boolean): Buffer[] {
  const text = (tag: number) => (value: string) => tagged(tag, Buffer.from(value));
  const names = [
    ...(wish.emails ?? []).map(text(0x81)),
    ...(wish.hosts ?? []).map(text(0x82)),
    ...(wish.uris ?? []).map(text(0x86)),
    ...(wish.addresses ?? []).map((ip) => tagged(0x87, Buffer.from(ip.split('.').map(Number)))),
  ];
  return [
    extension('551d13', sequence(...(isAuthority ? [Buffer.from([0x01, 0x01, 0xff])] : []))),
    ...(names.length === 0 ? [] : [extension('551d11', sequence(...names))]),
  ];
}

/** ecdsa-with-SHA256, 1.2.840.10045.4.3.2 */
const ECDSA_SHA256 = sequence(tagged(0x06, Buffer.from('2a8648ce3d040302', 'hex')));

function extension(oid: string, value: Buffer): Buffer {
  return sequence(tagged(0x06, Buffer.from(oid, 'hex')), tagged(0x04, value));
}

function name(commonName: string): Buffer {
  const attribute = sequence(
    tagged(0x06, Buffer.from('550403', 'hex')),
    tagged(0x0c, Buffer.from(commonName)),
  );
  return sequence(tagged(0x31, attribute));
}

function time(at: Date): Buffer {
  return tagged(0x18, Buffer.from(`${at.toISOString().replace(/[-:T]|\.\d+/g, '')}`));
}

function integer(bytes: Buffer): Buffer {
  return tagged(0x02, bytes);
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return tagged(0x30, Buffer.concat(parts));
}

function tagged(tag: number, value: Buffer): Buffer {
  const { length } = value;
  // DER: in no more bytes than the length needs.
  const size =
    length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), value]);
}

function pem(label: string, der: Buffer): string {
  const lines = der.toString('base64').replace(/.{64}/g, '$&\n').trimEnd();
  return `-----BEGIN ${label}-----\n${lines}\n-----END ${label}-----\n`;
}
