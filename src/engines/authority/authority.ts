// The authority of an instance: with it a statement is signed for an identity and nobody keeps a key. In one go:
// a key is made, certified for ten minutes, signs the envelope and is forgotten; the signature is stamped with its
// time and logged; the bundle says all of it. The keys that last are handed in and never leave where they are.
import type { StatementParts } from '../../formats/sigstore/intoto-statement.ts';
import type { SigningKey } from '../../io/keys/signing-key.ts';
import type { Clock, Random } from '../../kit/clock.ts';
import type { CertificateLog } from './certificate-log.ts';
import type { EntryLog } from './entry-log.ts';
import type { Identity } from './identity.ts';
import { type CertifiedKey, createIssuer, type Issuer } from './issuer.ts';
import { type SignedStatement, signStatement } from './signed-statement.ts';
import { createStamper, type Stamper } from './stamper.ts';

export interface AuthorityParts {
  /** Issues the short-lived certificates. */
  readonly issuing: CertifiedKey;
  /** Stamps times. */
  readonly stamping: CertifiedKey;
  readonly certificateLog: CertificateLog;
  readonly log: EntryLog;
  /** Makes the key of one signature; P-256 is what every client verifies. */
  readonly createKey: () => Promise<SigningKey>;
  readonly clock: Clock;
  readonly random: Random;
}

export interface Authority {
  readonly issuer: Issuer;
  readonly stamper: Stamper;
  readonly log: EntryLog;
  readonly certificateLog: CertificateLog;
  /**
   * Signs for the identity with a key that is made for it and forgotten. `authority.identity_invalid`,
   * `authority.certificate_expired`, `authority.entry_too_large`, and what the keys and the log's store throw.
   */
  signFor(
    identity: Identity,
    statement: StatementParts,
  ): Promise<SignedStatement & { readonly certificate: Uint8Array }>;
  /** Signs with a key that whoever verifies has; otherwise the same. */
  signWith(key: SigningKey, statement: StatementParts): Promise<SignedStatement>;
}

/** `authority.key_mismatch`, `x509.certificate_invalid` */
export function createAuthority(parts: AuthorityParts): Authority {
  const { issuing, stamping, certificateLog, log, createKey, clock, random } = parts;
  const issuer = createIssuer({ authority: issuing, certificateLog, clock, random });
  const stamper = createStamper({ authority: stamping, clock, random });
  return Object.freeze<Authority>({
    issuer,
    stamper,
    log,
    certificateLog,
    async signFor(identity, statement) {
      const key = await createKey();
      const { der: certificate } = await issuer.issue(identity, key.publicKey);
      return { ...(await signStatement({ key, certificate }, statement, { stamper, log })), certificate };
    },
    signWith: (key, statement) => signStatement({ key }, statement, { stamper, log }),
  });
}
