// The certificate log of an instance (RFC 6962 §3): for a precertificate it gives its promise, the SCT, after it
// has kept what it promised. What it signs it takes from the precertificate itself, so that it promises nothing
// that the authority did not sign.
import { algorithmOfKey } from '../../formats/x509/algorithm.ts';
import {
  ctLogId,
  formatSctInput,
  isSctAlgorithm,
  type SignedTimestamp,
  withoutPoison,
} from '../../formats/x509/sct.ts';
import type { SigningKey } from '../../io/keys/signing-key.ts';
import type { Clock } from '../../kit/clock.ts';
import { authorityErrors } from './errors.ts';

export interface CertificateLog {
  /** SubjectPublicKeyInfo. */
  readonly publicKey: Uint8Array;
  /** SHA-256 of the key. */
  readonly logId: Uint8Array;
  /** `issuerKey` is the SubjectPublicKeyInfo of who signed the precertificate. `x509.certificate_invalid` */
  addPrecertificate(precertificate: Uint8Array, issuerKey: Uint8Array): Promise<SignedTimestamp>;
}

/** Resolves when it is durable: only then the promise is given. */
export type KeepCertificate = (kept: {
  readonly precertificate: Uint8Array;
  /** MerkleTreeLeaf (RFC 6962 §3.4), the entry of a log: byte for byte what the promise is signed over. */
  readonly leaf: Uint8Array;
}) => Promise<void>;

/** `authority.key_unsuitable` unless the key is P-256 or RSA: SCTs have no other (RFC 6962 §2.1.4). */
export function createCertificateLog(parts: {
  readonly key: SigningKey;
  readonly keep: KeepCertificate;
  readonly clock: Clock;
}): CertificateLog {
  const { key, keep, clock } = parts;
  const algorithm = algorithmOfKey(key.publicKey);
  if (!isSctAlgorithm(algorithm))
    throw authorityErrors.key_unsuitable(`a certificate log has a P-256 or RSA key, not one of ${algorithm}`);
  const logId = ctLogId(key.publicKey);
  return Object.freeze<CertificateLog>({
    publicKey: key.publicKey,
    logId,
    async addPrecertificate(precertificate, issuerKey) {
      const timestampMs = clock.now();
      const leaf = formatSctInput({ timestampMs, issuerKey, tbs: withoutPoison(precertificate) });
      await keep({ precertificate, leaf });
      const signature = await key.sign(leaf, algorithm);
      return { logId, timestampMs, algorithm, signature, extensions: new Uint8Array(0) };
    },
  });
}
