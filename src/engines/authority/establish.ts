// The certificates that an instance begins with: a root, the authority that issues below it, and the one that
// stamps times. Made of keys that are handed in; the root's key is needed again only to renew what is below it, and
// is to be kept elsewhere. Of equal keys, serials and times the certificates are equal but for the signatures' own
// randomness.
import { algorithmOfKey } from '../../formats/x509/algorithm.ts';
import { formatName } from '../../formats/x509/name.ts';
import {
  endorsedRootExtensions,
  intermediateExtensions,
  rootExtensions,
  timestampExtensions,
} from '../../formats/x509/profile.ts';
import { type CertificateParts, formatCertificate, formatTbs } from '../../formats/x509/tbs-certificate.ts';
import type { SigningKey } from '../../io/keys/signing-key.ts';
import type { Random } from '../../kit/clock.ts';
import { type CertifiedKey, checkCovered, createSerial, readCover, readOwnCertificate } from './issuer.ts';

/** Names of the certificates, behind the organization. */
export const authorityNames = Object.freeze({
  root: 'root',
  issuing: 'signing authority',
  stamping: 'timestamp authority',
});

interface CertificatePlan {
  /** Who runs the instance, in the certificate's name, as `images.example.org`. */
  readonly organization: string;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
  readonly random: Random;
}

/** A root, signed by itself. `x509.key_invalid`, `x509.certificate_impossible`, and what the key throws. */
export async function certifyRoot(key: SigningKey, plan: CertificatePlan): Promise<CertifiedKey> {
  const name = nameOf('root', plan);
  const parts = { issuer: name, subject: name, publicKey: key.publicKey };
  const der = await certify(key, plan, { ...parts, extensions: rootExtensions(key.publicKey) });
  return { key, chain: [der] };
}

/**
 * The certificate of who issues or stamps, below the root; a renewal is another one. `authority.certificate_expired`
 * where the root is not good for all of its time, and as `certifyRoot`.
 */
export async function certifyBelow(
  root: CertifiedKey,
  role: 'issuing' | 'stamping',
  key: SigningKey,
  plan: CertificatePlan,
): Promise<CertifiedKey> {
  checkCovered(readCover(root.chain), plan.notBeforeMs, plan.notAfterMs);
  const { subject: issuer, publicKey: issuerKey } = readOwnCertificate(root);
  const keys = { publicKey: key.publicKey, issuerKey };
  const extensions =
    role === 'issuing' ? intermediateExtensions(keys, 'codeSigning') : timestampExtensions(keys);
  const parts = { issuer, subject: nameOf(role, plan), publicKey: key.publicKey, extensions };
  return { key, chain: [await certify(root.key, plan, parts), ...root.chain] };
}

/**
 * The former root's word for the key of the next one: the next one's name and key in a certificate of the former (RFC
 * 4210 §4.4.1, "new with old"). As `certifyBelow`.
 */
export async function endorseRoot(
  former: CertifiedKey,
  publicKey: Uint8Array,
  plan: CertificatePlan,
): Promise<Uint8Array> {
  checkCovered(readCover(former.chain), plan.notBeforeMs, plan.notAfterMs);
  const { subject: issuer, publicKey: issuerKey } = readOwnCertificate(former);
  const extensions = endorsedRootExtensions({ publicKey, issuerKey });
  return certify(former.key, plan, { issuer, subject: nameOf('root', plan), publicKey, extensions });
}

async function certify(
  signer: SigningKey,
  { random, notBeforeMs, notAfterMs }: CertificatePlan,
  parts: Pick<CertificateParts, 'issuer' | 'subject' | 'publicKey' | 'extensions'>,
): Promise<Uint8Array> {
  const algorithm = algorithmOfKey(signer.publicKey);
  const tbs = formatTbs({ serial: createSerial(random), algorithm, notBeforeMs, notAfterMs, ...parts });
  return formatCertificate(tbs, algorithm, await signer.sign(tbs, algorithm));
}

function nameOf(role: keyof typeof authorityNames, { organization }: CertificatePlan): Uint8Array {
  return formatName({ organization, commonName: authorityNames[role] });
}
