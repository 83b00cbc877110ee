// The certificate authority of an instance: certificates of minutes for who an issuer vouched for (Fulcio's
// profile). Each is signed twice: as precertificate, which the certificate log promises to keep, and with that
// promise in it. Whether the caller may have one, and holds the key, is judged before.
import { algorithmOfKey } from '../../formats/x509/algorithm.ts';
import {
  type AuthorityCertificate,
  readAuthorityCertificate,
} from '../../formats/x509/authority-certificate.ts';
import { extensionOids, poison } from '../../formats/x509/extension.ts';
import { formatName } from '../../formats/x509/name.ts';
import { signerExtensions } from '../../formats/x509/profile.ts';
import { formatSctList } from '../../formats/x509/sct.ts';
import { type CertificateParts, formatCertificate, formatTbs } from '../../formats/x509/tbs-certificate.ts';
import type { SigningKey } from '../../io/keys/signing-key.ts';
import type { Clock, Random } from '../../kit/clock.ts';
import type { CertificateLog } from './certificate-log.ts';
import { authorityErrors } from './errors.ts';
import { checkIdentity, claimsOf, type Identity } from './identity.ts';

/** Ten minutes, as Fulcio's: long enough to sign and stamp, too short to need revocation. */
export const leafMs = 10 * 60 * 1000;

/** A key with the certificates that speak for it, its own first, the root last. */
export interface CertifiedKey {
  readonly key: SigningKey;
  readonly chain: readonly Uint8Array[];
}

export interface IssuedCertificate {
  readonly der: Uint8Array;
  /** From the issuer to the root. */
  readonly chain: readonly Uint8Array[];
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
}

export interface Issuer {
  readonly chain: readonly Uint8Array[];
  /** `publicKey` is SubjectPublicKeyInfo. `authority.identity_invalid`, `authority.certificate_expired`, `x509.key_invalid` */
  issue(identity: Identity, publicKey: Uint8Array): Promise<IssuedCertificate>;
}

export interface IssuerParts {
  readonly authority: CertifiedKey;
  readonly certificateLog: CertificateLog;
  readonly clock: Clock;
  readonly random: Random;
}

/** `authority.key_mismatch`, `x509.certificate_invalid` */
export function createIssuer({ authority, certificateLog, clock, random }: IssuerParts): Issuer {
  const { key, chain } = authority;
  const own = readOwnCertificate(authority);
  const cover = readCover(chain);
  const algorithm = algorithmOfKey(key.publicKey);

  async function sign(parts: CertificateParts): Promise<Uint8Array> {
    const tbs = formatTbs(parts);
    return formatCertificate(tbs, algorithm, await key.sign(tbs, algorithm));
  }

  return Object.freeze<Issuer>({
    chain,
    async issue(identity, publicKey) {
      checkIdentity(identity);
      algorithmOfKey(publicKey);
      const notBeforeMs = wholeSecond(clock.now());
      const notAfterMs = notBeforeMs + leafMs;
      checkCovered(cover, notBeforeMs, notAfterMs);
      const keys = { publicKey, issuerKey: own.publicKey };
      const extensions = signerExtensions(keys, identity.subject, claimsOf(identity));
      const parts: CertificateParts = {
        serial: createSerial(random),
        algorithm,
        issuer: own.subject,
        subject: formatName({}),
        notBeforeMs,
        notAfterMs,
        publicKey,
        extensions: [...extensions, poison()],
      };
      const promise = await certificateLog.addPrecertificate(await sign(parts), own.publicKey);
      const list = { oid: extensionOids.sctList, critical: false, value: formatSctList([promise]) };
      const der = await sign({ ...parts, extensions: [...extensions, list] });
      return { der, chain, notBeforeMs, notAfterMs };
    },
  });
}

/** Of the chain's first certificate; `authority.key_mismatch` unless the key is its own. */
export function readOwnCertificate({ key, chain }: CertifiedKey): AuthorityCertificate {
  const [first] = chain;
  if (first === undefined) throw authorityErrors.key_mismatch('the key has no certificate');
  const own = readAuthorityCertificate(first);
  if (Buffer.compare(own.publicKey, key.publicKey) !== 0)
    throw authorityErrors.key_mismatch('the certificate is of another key than the one that was handed over');
  return own;
}

/** For how long each certificate of a chain is good. */
export type Cover = readonly Pick<AuthorityCertificate, 'notBeforeMs' | 'notAfterMs'>[];

/** Read once, since every certificate and every timestamp asks for it. `x509.certificate_invalid` */
export function readCover(chain: readonly Uint8Array[]): Cover {
  return chain.map((der) => {
    const { notBeforeMs, notAfterMs } = readAuthorityCertificate(der);
    return { notBeforeMs, notAfterMs };
  });
}

/** `authority.certificate_expired` unless every certificate of the chain is good for the whole time, in whole seconds. */
export function checkCovered(cover: Cover, fromMs: number, toMs: number): void {
  for (const [at, { notBeforeMs, notAfterMs }] of cover.entries())
    if (wholeSecond(fromMs) < notBeforeMs || wholeSecond(toMs) > notAfterMs)
      throw authorityErrors.certificate_expired(
        `certificate ${at + 1} of the authority is good from ${formatDay(notBeforeMs)} to ${formatDay(notAfterMs)}, and the time is ${formatDay(fromMs)}`,
      );
}

/** Certificates and timestamps know no smaller part of a time; both round down. */
function wholeSecond(epochMs: number): number {
  return Math.floor(epochMs / 1000) * 1000;
}

function formatDay(epochMs: number): string {
  return new Date(epochMs).toISOString().replace('.000Z', 'Z');
}

const SERIAL_BYTES = 20;

/** 158 unpredictable bits: positive, and never the same twice (RFC 5280 §4.1.2.2). */
export function createSerial(random: Random): Uint8Array {
  const bytes = Uint8Array.from(random.bytes(SERIAL_BYTES));
  bytes[0] = ((bytes[0] as number) & 0x7f) | 0x40;
  return bytes;
}
