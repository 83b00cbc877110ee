// Certificates up to an authority that is trusted (RFC 5280 §6, of which this keeps: names, signatures, times,
// authority, path length, key usage, purpose; an unknown critical extension refuses). Every certificate of the path
// must be valid at the time that is asked for, and the trusted root must have believed the authority then.
import { isWithin, type TrustedAuthority } from '../../formats/sigstore/trusted-root.ts';
import type { Certificate } from '../../formats/x509/certificate.ts';
import { limits } from '../../kit/limits.ts';
import { hashOfOid, isSameBytes, isSignedBy, readPublicKey } from './public-key.ts';

export const purposes = Object.freeze({
  codeSigning: '1.3.6.1.5.5.7.3.3',
  timestamping: '1.3.6.1.5.5.7.3.8',
});

export type ChainResult =
  /** The leaf first. */
  | { readonly kind: 'found'; readonly path: readonly Certificate[] }
  | { readonly kind: 'refused'; readonly why: string };

export interface ChainQuestion {
  readonly leaf: Certificate;
  /** What came along with it; not trusted by that. */
  readonly others: readonly Certificate[];
  readonly authorities: readonly TrustedAuthority[];
  readonly time: Date;
  readonly purpose: string;
}

export function findChain(question: ChainQuestion): ChainResult {
  const { leaf, authorities, time, purpose } = question;
  const ownFault = judgeLeaf(leaf, time, purpose);
  if (ownFault !== undefined) return { kind: 'refused', why: ownFault };
  let why = 'no authority of the trusted root issued its certificate';
  for (const authority of authorities) {
    const path = climb(question, authority);
    if (path === undefined) continue;
    const fault = isWithin(authority.valid, time) ? judgePath(path, time) : untrusted(authority, time);
    if (fault === undefined) return { kind: 'found', path };
    why = fault;
  }
  return { kind: 'refused', why };
}

/** From the leaf to the last certificate that the root lists for this authority. */
function climb({ leaf, others }: ChainQuestion, { chain }: TrustedAuthority): Certificate[] | undefined {
  const path = [leaf];
  const at = chain.findIndex((one) => isSameBytes(one.raw, leaf.raw));
  if (at >= 0) return [...chain.slice(at)];
  while (path.length <= limits.certificateChain) {
    const last = path.at(-1) as Certificate;
    const anchor = chain.findIndex((one) => isIssuedBy(last, one));
    if (anchor >= 0) return [...path, ...chain.slice(anchor)];
    const next = others.find((one) => !path.includes(one) && isIssuedBy(last, one));
    if (next === undefined) return undefined;
    path.push(next);
  }
  return undefined;
}

function judgeLeaf(leaf: Certificate, time: Date, purpose: string): string | undefined {
  if (leaf.keyUsage?.canSign === false) return 'its certificate is not for signing';
  if (leaf.purposes === undefined || !leaf.purposes.includes(purpose))
    return `its certificate is not for ${purpose === purposes.codeSigning ? 'signing code' : 'timestamps'}`;
  return judgeOne(leaf, time);
}

function judgePath(path: readonly Certificate[], time: Date): string | undefined {
  for (const [at, certificate] of path.entries()) {
    const fault = judgeOne(certificate, time);
    if (fault !== undefined) return fault;
    if (at === 0) continue;
    if (!certificate.isAuthority || certificate.keyUsage?.canCertify === false)
      return 'a certificate above its own is not that of an authority';
    if (certificate.pathLength !== undefined && certificate.pathLength < at - 1)
      return 'an authority stands below one that allows none there';
    // Signatures were checked up to the first certificate of the trusted root. Those behind it are trusted because
    // they stand there: their order alone is to be right.
    if (!isSameBytes((path[at - 1] as Certificate).issuer, certificate.subject))
      return 'a certificate of the trusted root is not issued by the next';
  }
  return undefined;
}

function judgeOne({ startsAt, endsAt, extensions }: Certificate, time: Date): string | undefined {
  if (time < startsAt || endsAt < time)
    return `a certificate was valid from ${startsAt.toISOString()} to ${endsAt.toISOString()}, not at ${time.toISOString()}`;
  for (const [oid, { isCritical }] of extensions)
    if (isCritical && !KNOWN.includes(oid))
      return `a certificate has the critical extension ${oid}, which is not known`;
  return undefined;
}

/** Key usage, alternative name, basic constraints, purposes. */
const KNOWN: readonly string[] = ['2.5.29.15', '2.5.29.17', '2.5.29.19', '2.5.29.37'];

function isIssuedBy(certificate: Certificate, issuer: Certificate): boolean {
  if (!isSameBytes(certificate.issuer, issuer.subject)) return false;
  const key = readPublicKey(issuer.publicKey);
  const hash = hashOfOid(certificate.signatureAlgorithm);
  if (key === undefined || (hash === undefined && key.hash !== undefined)) return false;
  return isSignedBy(key, certificate.tbs, certificate.signature, hash);
}

function untrusted({ uri = 'the authority', valid }: TrustedAuthority, time: Date): string {
  const end = valid.to === undefined ? 'on' : `to ${valid.to.toISOString()}`;
  return `${uri} is trusted from ${valid.from.toISOString()} ${end}, not at ${time.toISOString()}`;
}

/** Issued by itself: a root, which a bundle must not bring along. */
export function isSelfIssued({ issuer, subject }: Certificate): boolean {
  return isSameBytes(issuer, subject);
}
