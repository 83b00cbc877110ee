// A root in place of an instance's root: made where its key is to lie, with certificates for the instance's keys below
// it, and endorsed by the former root's key, so that the instance takes no root but what its own one names. What comes
// back travelled: nothing of it is believed that is not checked here.
import { algorithmOfKey } from '../../formats/x509/algorithm.ts';
import { parseCertificate } from '../../formats/x509/certificate.ts';
import { formatName } from '../../formats/x509/name.ts';
import type { Renewal } from '../../formats/x509/renewal.ts';
import type { SigningKey } from '../../io/keys/signing-key.ts';
import type { Clock, Random } from '../../kit/clock.ts';
import { authorityErrors } from './errors.ts';
import { authorityNames, certifyRoot, endorseRoot } from './establish.ts';
import { checkCovered, readCover } from './issuer.ts';
import { certifyRenewal, isEqual, isSignedBy } from './renew.ts';

/** As of the first one: it is needed again only to renew what is below it. */
const ROOT_MS = 20 * 365 * 24 * 60 * 60 * 1000;
/** Clocks of those who verify, and of the machine that certifies, may be behind. */
const EARLY_MS = 60 * 60 * 1000;
/** What every root of an instance signs with. */
const ALGORITHM = 'ecdsa-p384-sha384';

export interface SuccessorKeys {
  readonly key: SigningKey;
  /** Where it is, for whoever certifies the next time. */
  readonly reference: string;
  /** The former root's; absent where it is lost, and nothing endorses the new one then. */
  readonly former?: SigningKey;
}

/**
 * Makes the root and certifies every request below it. `authority.key_unsuitable` of a key of another kind than a
 * root's, `authority.key_mismatch` where the former key is not the former root's, `authority.certificate_expired` where
 * that one is over, `x509.*`, and what the keys throw.
 */
export async function certifySuccessor(
  renewal: Renewal,
  { key, reference, former }: SuccessorKeys,
  around: { readonly clock: Clock; readonly random: Random },
): Promise<Renewal> {
  const algorithm = algorithmOfKey(key.publicKey);
  if (algorithm !== ALGORITHM)
    throw authorityErrors.key_unsuitable(
      `the new root’s key signs with ${algorithm}; a root’s must be ${ALGORITHM}`,
    );
  const { organization, root } = renewal;
  const second = Math.floor(around.clock.now() / 1000) * 1000;
  const plan = { organization, random: around.random };
  const times = { notBeforeMs: second - EARLY_MS, notAfterMs: second + ROOT_MS };
  const made = await certifyRoot(key, { ...plan, ...times });
  const certificate = made.chain[0] as Uint8Array;
  const { requests } = await certifyRenewal({ ...renewal, root: certificate }, key, around);
  const newRoot = { certificate, reference };
  if (former === undefined) return { ...renewal, requests, newRoot };
  const cover = readCover([root]);
  checkCovered(cover, second, second);
  const endorsement = await endorseRoot({ key: former, chain: [root] }, key.publicKey, {
    ...plan,
    notBeforeMs: Math.max(times.notBeforeMs, cover[0]?.notBeforeMs ?? second),
    notAfterMs: Math.min(times.notAfterMs, cover[0]?.notAfterMs ?? second),
  });
  return { ...renewal, requests, newRoot: { ...newRoot, endorsement } };
}

export interface AwaitedRoot {
  readonly organization: string;
  /** The instance's own root, which the new one is to follow, DER. */
  readonly former: Uint8Array;
  /** When it is to begin. */
  readonly fromMs: number;
}

/**
 * That a certificate is a root as this instance has one, by nobody's word but its own.
 * `authority.certificate_unsuitable`; `x509.certificate_invalid` of what is none.
 */
export function checkNewRoot(der: Uint8Array, { organization, fromMs }: Omit<AwaitedRoot, 'former'>): void {
  const read = parseCertificate(der);
  const refuse = refuserOf('the new root');
  const name = formatName({ organization, commonName: authorityNames.root });
  if (!isEqual(read.subject, name) || !isEqual(read.issuer, name)) refuse('names somebody else');
  if (!isSignedBy(der, der)) refuse('is not signed by itself');
  if (algorithmOfKey(read.publicKey) !== ALGORITHM) refuse(`has another key than one of ${ALGORITHM}`);
  const isRoot = read.isAuthority && read.pathLength === 1 && read.keyUsage?.canCertify === true;
  if (!isRoot || read.purposes !== undefined) refuse('is for another use');
  checkTimes(read, fromMs, refuse);
}

/** That the former root vouches for the new one. As `checkNewRoot`. */
export function checkEndorsement(
  endorsement: Uint8Array,
  newRoot: Uint8Array,
  { former, fromMs }: Omit<AwaitedRoot, 'organization'>,
): void {
  const [read, next, own] = [endorsement, newRoot, former].map(parseCertificate) as [Read, Read, Read];
  const refuse = refuserOf('the endorsement of the new root');
  if (!isEqual(read.publicKey, next.publicKey)) refuse('is of another key');
  // A certificate of the former root for what is below it names that, and endorses nothing.
  if (!isEqual(read.subject, next.subject)) refuse('names somebody else');
  if (!isEqual(read.issuer, own.subject) || !isSignedBy(endorsement, former))
    refuse('is not signed by the instance’s root');
  if (!read.isAuthority || read.keyUsage?.canCertify !== true || read.purposes !== undefined)
    refuse('is for another use');
  checkTimes(read, fromMs, refuse);
}

type Read = ReturnType<typeof parseCertificate>;

function refuserOf(what: string): (why: string) => never {
  return (why) => {
    throw authorityErrors.certificate_unsuitable(`${what} ${why}`);
  };
}

function checkTimes({ startsAt, endsAt }: Read, fromMs: number, refuse: (why: string) => never): void {
  if (startsAt.getTime() > fromMs || endsAt.getTime() <= fromMs)
    refuse(`is good from ${startsAt.toISOString()} to ${endsAt.toISOString()}`);
}
