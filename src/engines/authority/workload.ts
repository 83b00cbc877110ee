// The authority of an instance's parts: one that signs itself and certifies processes for an hour, by SPIFFE IDs
// (X509-SVID), beside the authority of signatures and apart from it: no key of a process signs images, no key of a
// signature opens a connection. What is read back is judged by its shape here; whether its part still stands is asked
// elsewhere.
import { X509Certificate } from 'node:crypto';
import { formatSpiffeId, parseSpiffeId, type SpiffeId } from '../../formats/spiffe/spiffe-id.ts';
import { parseWorkloadSvid } from '../../formats/spiffe/svid.ts';
import { algorithmOfKey } from '../../formats/x509/algorithm.ts';
import { parseCertificate } from '../../formats/x509/certificate.ts';
import { formatName, readSerialNumber } from '../../formats/x509/name.ts';
import { workloadExtensions, workloadRootExtensions } from '../../formats/x509/profile.ts';
import { type CertificateParts, formatCertificate, formatTbs } from '../../formats/x509/tbs-certificate.ts';
import type { SigningKey } from '../../io/keys/signing-key.ts';
import type { Random } from '../../kit/clock.ts';
import { hashHex } from '../../kit/hash.ts';
import { type CertifiedKey, checkCovered, createSerial, readCover, readOwnCertificate } from './issuer.ts';

/** Short enough that who is removed needs no list of revocations, long enough that a restart is no outage. */
export const workloadLeafMs = 60 * 60 * 1000;
/** Clocks of parts may be behind. */
export const workloadEarlyMs = 60 * 1000;
const YEAR_MS = 365 * 24 * 60 * 60 * 1000;
const ROOT_YEARS = 5;

/** A certificate of a part as its authority writes it; nothing of it is believed before its chain is. */
export interface WorkloadCertificate {
  readonly id: SpiffeId;
  /** Whose it is among those that are the same part; absent of the instance itself. */
  readonly holder?: string;
  /** SHA-256 of its SubjectPublicKeyInfo, hex. */
  readonly keySha256: string;
  readonly publicKey: Uint8Array;
  /** Both ends belong to the time. */
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
}

/** The certificate of a new authority, for five years from a minute before `fromMs`. `spiffe.id_invalid`, `x509.*`, and what the key throws. */
export async function certifyWorkloadRoot(
  key: SigningKey,
  plan: { readonly trustDomain: string; readonly fromMs: number; readonly random: Random },
): Promise<CertifiedKey> {
  const uri = formatSpiffeId({ trustDomain: plan.trustDomain, path: '' });
  const name = formatName({ organization: plan.trustDomain, commonName: 'authority of parts' });
  const notBeforeMs = wholeSecond(plan.fromMs - workloadEarlyMs);
  const der = await certify(key, {
    serial: createSerial(plan.random),
    issuer: name,
    subject: name,
    notBeforeMs,
    notAfterMs: notBeforeMs + ROOT_YEARS * YEAR_MS,
    publicKey: key.publicKey,
    extensions: workloadRootExtensions(key.publicKey, uri),
  });
  return { key, chain: [der] };
}

export interface WorkloadWish {
  readonly id: SpiffeId;
  readonly holder?: string;
  /** Of a server: what clients that know no SPIFFE compare. */
  readonly hosts?: readonly string[];
  readonly addresses?: readonly Uint8Array[];
  /** SubjectPublicKeyInfo. */
  readonly publicKey: Uint8Array;
  readonly now: number;
  readonly random: Random;
}

export interface IssuedWorkload {
  readonly der: Uint8Array;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
}

/** One hour from now. `authority.key_mismatch`, `authority.certificate_expired`, `spiffe.id_invalid`, `x509.key_invalid` */
export async function certifyWorkload(authority: CertifiedKey, wish: WorkloadWish): Promise<IssuedWorkload> {
  const own = readOwnCertificate(authority);
  const uri = formatSpiffeId(wish.id);
  const notBeforeMs = wholeSecond(wish.now - workloadEarlyMs);
  const notAfterMs = wholeSecond(wish.now + workloadLeafMs);
  checkCovered(readCover(authority.chain), notBeforeMs, notAfterMs);
  const { hosts = [], addresses = [], publicKey, holder } = wish;
  const commonName = wish.id.path.slice(1);
  const der = await certify(authority.key, {
    serial: createSerial(wish.random),
    issuer: own.subject,
    subject: formatName({
      organization: wish.id.trustDomain,
      commonName,
      ...(holder === undefined ? {} : { serialNumber: holder }),
    }),
    notBeforeMs,
    notAfterMs,
    publicKey,
    extensions: workloadExtensions({ publicKey, issuerKey: own.publicKey }, { uri, hosts, addresses }),
  });
  return { der, notBeforeMs, notAfterMs };
}

/** A leaf by X509-SVID §5.2, and whose it is. `spiffe.svid_invalid` says what is wrong. */
export function readWorkload(der: Uint8Array): WorkloadCertificate {
  const { id: text, certificate: read } = parseWorkloadSvid(der);
  const id = parseSpiffeId(text);
  const holder = readSerialNumber(read.subject);
  return {
    id,
    ...(holder === undefined ? {} : { holder }),
    keySha256: hashHex('sha256', read.publicKey),
    publicKey: read.publicKey,
    notBeforeMs: read.startsAt.getTime(),
    notAfterMs: read.endsAt.getTime(),
  };
}

/** The trust domain of an authority's own certificate; undefined where it is none of parts. `x509.certificate_invalid` */
export function trustDomainOf(der: Uint8Array): string | undefined {
  const { names, isAuthority } = parseCertificate(der);
  const uris = names.filter(({ kind }) => kind === 'uri');
  const [uri] = uris;
  if (!isAuthority || uri === undefined || uris.length > 1) return undefined;
  const { trustDomain, path } = parseSpiffeId(uri.text);
  return path === '' ? trustDomain : undefined;
}

/** Whether the authority's key signed it; its times are asked elsewhere. */
export function isIssuedBy(der: Uint8Array, authority: Uint8Array): boolean {
  const [leaf, root] = [new X509Certificate(der), new X509Certificate(authority)];
  return leaf.checkIssued(root) && leaf.verify(root.publicKey);
}

async function certify(signer: SigningKey, parts: Omit<CertificateParts, 'algorithm'>): Promise<Uint8Array> {
  const algorithm = algorithmOfKey(signer.publicKey);
  const tbs = formatTbs({ ...parts, algorithm });
  return formatCertificate(tbs, algorithm, await signer.sign(tbs, algorithm));
}

function wholeSecond(epochMs: number): number {
  return Math.floor(epochMs / 1000) * 1000;
}
