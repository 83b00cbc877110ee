// The authority of an instance's parts, of a test's own: X509-SVIDs for any name and time, wrong ones too.
import { generateKeyPairSync, randomBytes, sign, X509Certificate } from 'node:crypto';
import { derImplicit, derOid, derSequence } from '../../src/formats/x509/der.ts';
import {
  authorityConstraints,
  type Extension,
  extensionOids,
  keyUsage,
} from '../../src/formats/x509/extension.ts';
import { formatName } from '../../src/formats/x509/name.ts';
import { formatCertificate, formatTbs } from '../../src/formats/x509/tbs-certificate.ts';

export interface LeafWish {
  /** Each is a URI in it. */
  readonly uris: readonly string[];
  readonly hosts?: readonly string[];
  /** SubjectPublicKeyInfo; a fresh key where absent. */
  readonly publicKey?: Uint8Array;
  /** Dotted; of a server and a client where absent. */
  readonly purposes?: readonly string[];
  readonly isAuthority?: boolean;
  readonly isKeyUsageCritical?: boolean;
  /** A minute before now, and an hour after, where absent. */
  readonly notBeforeMs?: number;
  readonly notAfterMs?: number;
}

export interface Leaf {
  readonly certificate: string;
  /** PKCS #8 in PEM; empty where the key was handed in. */
  readonly key: string;
  readonly der: Uint8Array;
}

export interface Workload {
  readonly trustDomain: string;
  readonly certificate: string;
  readonly der: Uint8Array;
  issue(wish: LeafWish): Leaf;
}

export const serverPurpose = '1.3.6.1.5.5.7.3.1';
export const clientPurpose = '1.3.6.1.5.5.7.3.2';

export function createWorkload(trustDomain: string): Workload {
  const keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const name = formatName({ commonName: `parts of ${trustDomain}` });
  const own = keys.publicKey.export({ format: 'der', type: 'spki' });

  function make(
    publicKey: Uint8Array,
    subject: Uint8Array,
    times: readonly [number, number],
    extensions: readonly Extension[],
  ) {
    const tbs = formatTbs({
      serial: Buffer.concat([Buffer.from([1]), randomBytes(15)]),
      algorithm: 'ecdsa-p256-sha256',
      issuer: name,
      subject: subject as never,
      notBeforeMs: times[0],
      notAfterMs: times[1],
      publicKey: publicKey as never,
      extensions,
    });
    return formatCertificate(tbs, 'ecdsa-p256-sha256', sign('sha256', tbs, keys.privateKey));
  }

  const now = Date.now();
  const der = make(
    own,
    name,
    [now - 3_600_000, now + 365 * 86_400_000],
    [authorityConstraints(0), keyUsage('certify'), names([`spiffe://${trustDomain}`])],
  );
  return {
    trustDomain,
    der,
    certificate: new X509Certificate(der).toString(),
    issue(wish) {
      const made =
        wish.publicKey === undefined ? generateKeyPairSync('ec', { namedCurve: 'P-256' }) : undefined;
      const publicKey = wish.publicKey ?? made?.publicKey.export({ format: 'der', type: 'spki' });
      const usage = keyUsage(wish.isAuthority === true ? 'certify' : 'sign');
      const leaf = make(
        publicKey as Uint8Array,
        formatName({}),
        [wish.notBeforeMs ?? Date.now() - 60_000, wish.notAfterMs ?? Date.now() + 3_600_000],
        [
          wish.isAuthority === true ? authorityConstraints(0) : notAnAuthority,
          { ...usage, critical: wish.isKeyUsageCritical ?? true },
          purposesOf(wish.purposes ?? [serverPurpose, clientPurpose]),
          names(wish.uris, wish.hosts),
        ],
      );
      return {
        der: leaf,
        certificate: new X509Certificate(leaf).toString(),
        key: made?.privateKey.export({ format: 'pem', type: 'pkcs8' }).toString() ?? '',
      };
    },
  };
}

const notAnAuthority: Extension = {
  oid: extensionOids.basicConstraints,
  critical: true,
  value: derSequence(),
};

function purposesOf(oids: readonly string[]): Extension {
  return { oid: extensionOids.extKeyUsage, critical: false, value: derSequence(...oids.map(derOid)) };
}

function names(uris: readonly string[], hosts: readonly string[] = []): Extension {
  const value = derSequence(
    ...uris.map((uri) => derImplicit(6, Buffer.from(uri))),
    ...hosts.map((host) => derImplicit(2, Buffer.from(host))),
  );
  return { oid: extensionOids.subjectAltName, critical: true, value };
}
