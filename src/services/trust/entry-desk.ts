// What clients log: a signature by a key over a digest. It is verified before it is kept, so that the log holds no
// signature that never was one; whose key it is, is not judged, since a log is there to show. Who signs with a
// certificate of this instance proved who they are, and may log as much as they sign; of others a little is taken.
import { verify } from 'node:crypto';
import { formatLogEntry } from '../../formats/sigstore/log-entry.ts';
import type { LoggedEntry } from '../../formats/sigstore/signed-bundle.ts';
import {
  algorithmOfKey,
  hashOfAlgorithm,
  keyDetailsOf,
  readPublicKey,
} from '../../formats/x509/algorithm.ts';
import { parseCertificate } from '../../formats/x509/certificate.ts';
import { trustErrors } from './errors.ts';
import type { TrustKey } from './trust-key.ts';
import type { TrustService } from './trust-service.ts';

export interface EntryWish {
  /** SHA-256 of what was signed. */
  readonly digest: Uint8Array;
  readonly signature: Uint8Array;
  /** DER of a certificate, or SubjectPublicKeyInfo. */
  readonly verifier: { readonly kind: 'certificate' | 'key'; readonly bytes: Uint8Array };
  /** As the client names key and algorithm. */
  readonly keyDetails: string;
}

export interface EntryDesk {
  /**
   * Resolves when it is durable. `onForeign` is called before anything of somebody is kept whom this instance gave no
   * certificate; it throws where that is too much. `trust.entry_unproven`, `x509.*`, and what the log throws.
   */
  log(wish: EntryWish, onForeign: () => void): Promise<LoggedEntry>;
}

export function createEntryDesk({ trust }: { readonly trust: TrustService }): EntryDesk {
  return {
    async log({ digest, signature, verifier, keyDetails }, onForeign) {
      const publicKey = verifier.kind === 'key' ? verifier.bytes : parseCertificate(verifier.bytes).publicKey;
      const own = keyDetailsOf(publicKey);
      if (own !== keyDetails)
        throw trustErrors.entry_unproven(`the entry says ${keyDetails.slice(0, 60)}, and its key is ${own}`);
      // Its library of curves is loaded by whoever logs first: a server that only signs itself needs none.
      const { isDigestSignedBy } = await import('../../formats/x509/digest-signature.ts');
      if (!isDigestSignedBy(publicKey, digest, signature))
        throw trustErrors.entry_unproven(
          `the signature is none by its key over the digest ${Buffer.from(digest).toString('hex').slice(0, 16)}…; P-256 and RSA over SHA-256 are taken`,
        );
      if (verifier.kind === 'key' || !isIssuedHere(verifier.bytes, await trust.listKeys())) onForeign();
      const entry = formatLogEntry({
        digest,
        signature,
        keyDetails,
        verifier:
          verifier.kind === 'key'
            ? { kind: 'key', publicKey: verifier.bytes }
            : { kind: 'certificate', der: verifier.bytes },
      });
      return (await trust.authority()).log.append(entry);
    },
  };
}

/** By any generation: what was signed before a rotation may be logged after it. */
function isIssuedHere(der: Uint8Array, keys: readonly TrustKey[]): boolean {
  const { tbs, signature } = parseCertificate(der);
  return keys.some(({ purpose, publicKey }) => {
    if (purpose !== 'issuing') return false;
    try {
      const algorithm = hashOfAlgorithm(algorithmOfKey(publicKey)) ?? null;
      return verify(algorithm, tbs, readPublicKey(publicKey), signature);
    } catch {
      return false;
    }
  });
}
