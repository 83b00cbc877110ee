// The certificate log of an instance (RFC 6962 §3): for a precertificate it gives its promise, the SCT, after it
// has kept what it promised. What it signs it takes from the precertificate itself, so that it promises nothing
// that the authority did not sign.
import { algorithmOfKey } from '../../formats/x509/algorithm.ts';
import { ctLogId, formatSctInput, type SignedTimestamp, withoutPoison } from '../../formats/x509/sct.ts';
import type { SigningKey } from '../../io/keys/signing-key.ts';
import type { Clock } from '../../kit/clock.ts';

export interface CertificateLog {
  /** SubjectPublicKeyInfo. */
  readonly publicKey: Uint8Array;
  /** SHA-256 of the key. */
  readonly logId: Uint8Array;
  /** `issuerKey` is the SubjectPublicKeyInfo of who signed the precertificate. `x509.certificate_invalid` */
  addPrecertificate(precertificate: Uint8Array, issuerKey: Uint8Array): Promise<SignedTimestamp>;
}

/** What is to be kept, durably, before the promise is given: what is signed, without its two heading bytes, is the leaf. */
export type KeepCertificate = (kept: {
  readonly precertificate: Uint8Array;
  readonly signedInput: Uint8Array;
}) => Promise<void>;

/** The key must be P-256 or RSA, or the list of SCTs cannot be written. */
export function createCertificateLog(parts: {
  readonly key: SigningKey;
  readonly keep: KeepCertificate;
  readonly clock: Clock;
}): CertificateLog {
  const { key, keep, clock } = parts;
  const algorithm = algorithmOfKey(key.publicKey);
  const logId = ctLogId(key.publicKey);
  return Object.freeze<CertificateLog>({
    publicKey: key.publicKey,
    logId,
    async addPrecertificate(precertificate, issuerKey) {
      const timestampMs = clock.now();
      const signedInput = formatSctInput({ timestampMs, issuerKey, tbs: withoutPoison(precertificate) });
      await keep({ precertificate, signedInput });
      const signature = await key.sign(signedInput, algorithm);
      return { logId, timestampMs, algorithm, signature, extensions: new Uint8Array(0) };
    },
  });
}
