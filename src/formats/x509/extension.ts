// The extensions of certificates (RFC 5280 §4.2) that an instance writes, a function each. Criticality is part of
// the profile and so of the function: a reader that does not know a critical one must refuse the certificate.
import { hash } from 'node:crypto';
import {
  type Der,
  derBits,
  derBoolean,
  derImplicit,
  derInteger,
  derNull,
  derOctets,
  derOid,
  derSequence,
} from './der.ts';

export interface Extension {
  readonly oid: string;
  readonly critical: boolean;
  /** DER of what the OCTET STRING holds; raw text in Fulcio's first six. */
  readonly value: Uint8Array;
}

export const extensionOids = Object.freeze({
  subjectKeyId: '2.5.29.14',
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  authorityKeyId: '2.5.29.35',
  extKeyUsage: '2.5.29.37',
  /** RFC 6962 §3.3 and §3.1. */
  sctList: '1.3.6.1.4.1.11129.2.4.2',
  poison: '1.3.6.1.4.1.11129.2.4.3',
});

export const purposes = Object.freeze({
  codeSigning: '1.3.6.1.5.5.7.3.3',
  timeStamping: '1.3.6.1.5.5.7.3.8',
  serverAuth: '1.3.6.1.5.5.7.3.1',
  clientAuth: '1.3.6.1.5.5.7.3.2',
});

/** Bits of KeyUsage, and how many of the byte they leave unused. */
const DIGITAL_SIGNATURE = { bits: 0x80, unused: 7 };
const CERTIFICATE_AND_CRL_SIGN = { bits: 0x06, unused: 1 };

export function formatExtension({ oid, critical, value }: Extension): Der {
  return derSequence(derOid(oid), ...(critical ? [derBoolean(true)] : []), derOctets(value));
}

/** cA true; `pathLength` how many authorities may stand below. */
export function authorityConstraints(pathLength?: number): Extension {
  const length = pathLength === undefined ? [] : [derInteger(pathLength)];
  return {
    oid: extensionOids.basicConstraints,
    critical: true,
    value: derSequence(derBoolean(true), ...length),
  };
}

/** cA false, which DER leaves out. */
export function noAuthority(): Extension {
  return { oid: extensionOids.basicConstraints, critical: true, value: derSequence() };
}

export function keyUsage(use: 'sign' | 'certify'): Extension {
  const { bits, unused } = use === 'sign' ? DIGITAL_SIGNATURE : CERTIFICATE_AND_CRL_SIGN;
  return { oid: extensionOids.keyUsage, critical: true, value: derBits(Uint8Array.of(bits), unused) };
}

/** RFC 3161 §2.3 has it critical, and alone, of who stamps times; Fulcio's is not critical. */
export function extendedKeyUsage(...uses: readonly (keyof typeof purposes)[]): Extension {
  return {
    oid: extensionOids.extKeyUsage,
    critical: uses.includes('timeStamping'),
    value: derSequence(...uses.map((use) => derOid(purposes[use]))),
  };
}

/** A name for the key: 160 bits of SHA-256 of its SubjectPublicKeyInfo (RFC 7093 §2). Proves nothing, finds fast. */
function keyIdOf(publicKey: Uint8Array): Uint8Array {
  return hash('sha256', publicKey, 'buffer').subarray(0, 20);
}

export function subjectKeyId(publicKey: Uint8Array): Extension {
  return { oid: extensionOids.subjectKeyId, critical: false, value: derOctets(keyIdOf(publicKey)) };
}

export function authorityKeyId(issuerKey: Uint8Array): Extension {
  return {
    oid: extensionOids.authorityKeyId,
    critical: false,
    value: derSequence(derImplicit(0, keyIdOf(issuerKey))),
  };
}

/** Who a short-lived certificate is for. */
export type SubjectName =
  | { readonly kind: 'uri'; readonly uri: string }
  | { readonly kind: 'email'; readonly email: string };

const SAN_EMAIL = 1;
const SAN_DNS = 2;
const SAN_URI = 6;
const SAN_ADDRESS = 7;

/** Critical, since the subject is empty (RFC 5280 §4.2.1.6). The text must be ASCII. */
export function subjectAltName(name: SubjectName): Extension {
  const [tag, text] = name.kind === 'uri' ? [SAN_URI, name.uri] : [SAN_EMAIL, name.email];
  return {
    oid: extensionOids.subjectAltName,
    critical: true,
    value: derSequence(derImplicit(tag, Buffer.from(text, 'ascii'))),
  };
}

/** Names of a process: its one URI, and for a server the hosts and addresses that clients know it by. */
export interface WorkloadNames {
  /** ASCII. */
  readonly uri: string;
  /** ASCII, as `images.example.org`. */
  readonly hosts?: readonly string[];
  /** 4 or 16 bytes each. */
  readonly addresses?: readonly Uint8Array[];
}

/** Not critical: the subject is not empty. */
export function workloadAltName({ uri, hosts = [], addresses = [] }: WorkloadNames): Extension {
  return {
    oid: extensionOids.subjectAltName,
    critical: false,
    value: derSequence(
      derImplicit(SAN_URI, Buffer.from(uri, 'ascii')),
      ...hosts.map((host) => derImplicit(SAN_DNS, Buffer.from(host, 'ascii'))),
      ...addresses.map((address) => derImplicit(SAN_ADDRESS, address)),
    ),
  };
}

/** What keeps a precertificate from being used (RFC 6962 §3.1). */
export function poison(): Extension {
  return { oid: extensionOids.poison, critical: true, value: derNull() };
}
