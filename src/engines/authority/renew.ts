// New certificates below an instance's root: made where the root's key is kept, and judged by the instance that asked
// before it uses any. What comes back travelled, so that nothing of it is believed: only the instance's own root and
// the keys that it made itself count.
import { X509Certificate } from 'node:crypto';
import { parseCertificate } from '../../formats/x509/certificate.ts';
import { purposes } from '../../formats/x509/extension.ts';
import { formatName } from '../../formats/x509/name.ts';
import type { Renewal, RenewalRequest, RenewedRole } from '../../formats/x509/renewal.ts';
import type { SigningKey } from '../../io/keys/signing-key.ts';
import type { Clock, Random } from '../../kit/clock.ts';
import { authorityErrors } from './errors.ts';
import { authorityNames, certifyBelow } from './establish.ts';
import { readCover } from './issuer.ts';

const YEAR_MS = 365 * 24 * 60 * 60 * 1000;
/** As at the first start: so long that a renewal may be late, so short that it is not forgotten how it is done. */
const BELOW_YEARS = 5;
/** Clocks of those who verify, and of the machine that certifies, may be behind. */
const EARLY_MS = 60 * 60 * 1000;

/**
 * Certifies every request anew, for five years or as long as the root holds. `authority.key_mismatch` of another key
 * than the root's, `authority.certificate_expired`, `x509.*`, and what the key throws.
 */
export async function certifyRenewal(
  renewal: Renewal,
  rootKey: SigningKey,
  { clock, random }: { readonly clock: Clock; readonly random: Random },
): Promise<Renewal> {
  const { organization, root } = renewal;
  const [cover] = readCover([root]);
  const second = Math.floor(clock.now() / 1000) * 1000;
  const notBeforeMs = Math.max(second - EARLY_MS, cover?.notBeforeMs ?? second);
  const notAfterMs = Math.min(second + BELOW_YEARS * YEAR_MS, cover?.notAfterMs ?? second);
  const plan = { organization, notBeforeMs, notAfterMs, random };
  const requests: RenewalRequest[] = [];
  for (const request of renewal.requests) {
    // The role's key is elsewhere: certifying reads its public half alone.
    const key: SigningKey = { publicKey: request.publicKey, sign: () => Promise.reject(new Error('no key')) };
    const { chain } = await certifyBelow({ key: rootKey, chain: [root] }, request.role, key, plan);
    requests.push({ ...request, certificate: chain[0] as Uint8Array });
  }
  return { ...renewal, requests };
}

/** What the instance knows of a certificate that it waits for. */
export interface AwaitedCertificate {
  readonly role: RenewedRole;
  readonly publicKey: Uint8Array;
  readonly organization: string;
  /** The instance's own root, DER. */
  readonly root: Uint8Array;
  /** When it is to begin. */
  readonly fromMs: number;
}

/** `authority.certificate_unsuitable` says what is wrong with it; `x509.certificate_invalid` of what is none. */
export function checkRenewed(der: Uint8Array, awaited: AwaitedCertificate): void {
  const read = parseCertificate(der);
  const root = parseCertificate(awaited.root);
  const { role, organization, fromMs } = awaited;
  const refuse = (why: string): never => {
    throw authorityErrors.certificate_unsuitable(`the certificate for the ${role} key ${why}`);
  };
  if (!isEqual(read.publicKey, awaited.publicKey)) refuse('is of another key');
  if (!isEqual(read.issuer, root.subject) || !isSignedBy(der, awaited.root))
    refuse('is not signed by the instance’s root');
  if (!isEqual(read.subject, formatName({ organization, commonName: authorityNames[role] })))
    refuse('names somebody else');
  const ends = read.endsAt.getTime();
  if (read.startsAt.getTime() > fromMs || ends <= fromMs || ends > root.endsAt.getTime())
    refuse(`is good from ${read.startsAt.toISOString()} to ${read.endsAt.toISOString()}`);
  const purpose = role === 'issuing' ? purposes.codeSigning : purposes.timeStamping;
  const isAlone = read.purposes?.length === 1 && read.purposes[0] === purpose;
  const isForRole =
    role === 'issuing'
      ? read.isAuthority && read.pathLength === 0 && read.keyUsage?.canCertify === true
      : !read.isAuthority && read.keyUsage?.canSign === true;
  if (!isAlone || !isForRole) refuse('is for another use');
}

/** By the key of the other certificate; neither's names or times are looked at. */
export function isSignedBy(der: Uint8Array, issuer: Uint8Array): boolean {
  return new X509Certificate(der).verify(new X509Certificate(issuer).publicKey);
}

export function isEqual(one: Uint8Array, other: Uint8Array): boolean {
  return Buffer.compare(one, other) === 0;
}
