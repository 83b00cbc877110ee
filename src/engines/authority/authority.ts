// The authority of an instance: with it a statement is signed for an identity and nobody keeps a key. In one go:
// a key is made, certified for ten minutes, signs the envelope and is forgotten; the signature is stamped with its
// time and logged; the bundle says all of it. The keys that last are handed in and never leave where they are.
import { hash } from 'node:crypto';
import { formatStatement, type StatementParts } from '../../formats/sigstore/intoto-statement.ts';
import { formatLogEntry } from '../../formats/sigstore/log-entry.ts';
import { formatPae, intotoPayloadType } from '../../formats/sigstore/pae.ts';
import { formatBundle, type LoggedEntry } from '../../formats/sigstore/signed-bundle.ts';
import { algorithmOfKey, keyDetailsOf } from '../../formats/x509/algorithm.ts';
import type { SigningKey } from '../../io/keys/signing-key.ts';
import type { Clock, Random } from '../../kit/clock.ts';
import type { CertificateLog } from './certificate-log.ts';
import type { EntryLog } from './entry-log.ts';
import type { Identity } from './identity.ts';
import { type CertifiedKey, createIssuer, type Issuer } from './issuer.ts';
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

/** A statement and everything that proves who signed it and when. */
export interface SignedStatement {
  /** Sigstore bundle v0.3, UTF-8 JSON. */
  readonly bundle: Uint8Array;
  readonly predicateType: string;
  /** DER of the certificate that signed. */
  readonly certificate: Uint8Array;
  readonly entry: LoggedEntry;
}

export interface Authority {
  readonly issuer: Issuer;
  readonly stamper: Stamper;
  readonly log: EntryLog;
  readonly certificateLog: CertificateLog;
  /** `authority.identity_invalid`, `authority.certificate_expired`, `authority.entry_too_large`, and what the keys and the log's store throw. */
  signStatement(identity: Identity, statement: StatementParts): Promise<SignedStatement>;
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
    async signStatement(identity, statement) {
      const key = await createKey();
      const { der: certificate } = await issuer.issue(identity, key.publicKey);
      const payload = formatStatement(statement);
      const signed = formatPae(intotoPayloadType, payload);
      const signature = await key.sign(signed, algorithmOfKey(key.publicKey));
      const imprint = hash('sha256', signature, 'buffer');
      const [timestamp, entry] = await Promise.all([
        stamper.stamp({ hash: 'sha256', imprint, wantsCertificate: true }),
        log.append(
          formatLogEntry({
            signed,
            signature,
            keyDetails: keyDetailsOf(key.publicKey),
            verifier: { kind: 'certificate', der: certificate },
          }),
        ),
      ]);
      const bundle = formatBundle({
        payloadType: intotoPayloadType,
        payload,
        signature,
        signer: { kind: 'certificate', der: certificate },
        entry,
        timestamps: [timestamp],
      });
      return { bundle, predicateType: statement.predicateType, certificate, entry };
    },
  });
}
