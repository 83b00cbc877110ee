// Who gets a certificate: whoever shows an identity token that an allowed issuer signed for this purpose, and proves to
// have the key. The certificate says what the token said, and holds for minutes. A token is taken again until it ends,
// as by Fulcio: one job signs many images with it.
import { hash, verify } from 'node:crypto';
import type { IssuedCertificate } from '../../engines/authority/issuer.ts';
import { identityOfToken } from '../../engines/authority/token-identity.ts';
import { algorithmOfKey, hashOfAlgorithm, readPublicKey } from '../../formats/x509/algorithm.ts';
import { parsePublicKeyPem } from '../../formats/x509/pem.ts';
import { parseSigningRequest } from '../../formats/x509/signing-request.ts';
import type { Clock } from '../../kit/clock.ts';
import { hubErrors } from '../hub/errors.ts';
import { type Payload, readIdTokenHead, verifyIdToken } from '../hub/id-token.ts';
import { trustErrors } from './errors.ts';
import { type IdentityTokens, sigstoreAudience } from './identity-tokens.ts';
import type { TrustService } from './trust-service.ts';

/** That whoever asks has the key: a signature over the token's subject, or a request that the key signed. */
export type KeyProof =
  | { readonly kind: 'signature'; readonly publicKeyPem: string; readonly signature: Uint8Array }
  | { readonly kind: 'request'; readonly pem: string };

export interface CertificateDesk {
  /**
   * `hub.id_token_invalid`, `hub.id_token_refused`, `hub.issuer_unavailable`, `trust.proof_wrong`, `x509.pem_invalid`,
   * `x509.key_invalid`, and what the authority throws.
   */
  issue(token: string, proof: KeyProof): Promise<IssuedCertificate>;
  /** Of the authorities that are valid, each from the one that issues to the root. */
  chains(): Promise<readonly (readonly Uint8Array[])[]>;
}

export function createCertificateDesk(parts: {
  readonly trust: TrustService;
  readonly identityTokens: Pick<IdentityTokens, 'keys'>;
  readonly clock: Clock;
}): CertificateDesk {
  const { trust, clock } = parts;
  const { keys } = parts.identityTokens;

  async function identify(token: string): Promise<{ readonly issuer: string; readonly claims: Payload }> {
    const head = readIdTokenHead(token);
    const { issuer } = head;
    if (!keys.isAllowed(issuer))
      throw hubErrors.id_token_refused(
        `"${issuer.slice(0, 200)}" is none of the issuers that this server takes: ${[trust.url, ...keys.issuers].join(', ')}`,
      );
    const claims = await verifyIdToken(token, head, { keys, clock });
    const audiences: readonly unknown[] = Array.isArray(claims.aud) ? claims.aud : [claims.aud];
    // A token for anything else was given to somebody else, who could show it here.
    if (!audiences.some((one) => one === sigstoreAudience || one === trust.url))
      throw hubErrors.id_token_refused(
        `the identity token is for ${audiences.join(', ').slice(0, 200)}, not for ${sigstoreAudience} or ${trust.url}`,
      );
    return { issuer, claims };
  }

  return {
    async issue(token, proof) {
      const { issuer, claims } = await identify(token);
      const { challenge, ...identity } = identityOfToken(issuer, claims);
      const publicKey = readProvenKey(proof, challenge);
      const authority = await trust.authority();
      return authority.issuer.issue(identity, publicKey);
    },

    async chains() {
      const now = clock.now();
      const keysNow = (await trust.listKeys()).filter(
        ({ purpose, validUntil }) => purpose === 'issuing' && now <= (validUntil ?? now),
      );
      return keysNow.map(({ chain }) => chain);
    },
  };
}

/** SubjectPublicKeyInfo of the key that the proof is by. */
function readProvenKey(proof: KeyProof, challenge: string): Uint8Array {
  if (proof.kind === 'request') return parseSigningRequest(proof.pem);
  const publicKey = parsePublicKeyPem(proof.publicKeyPem);
  const algorithm = hashOfAlgorithm(algorithmOfKey(publicKey)) ?? null;
  if (isSigned(publicKey, algorithm, Buffer.from(challenge), proof.signature)) return publicKey;
  throw trustErrors.proof_wrong(
    `the proof is no signature by the key ${hash('sha256', publicKey).slice(0, 16)}… over the token's subject "${challenge.slice(0, 200)}"`,
  );
}

function isSigned(
  publicKey: Uint8Array,
  algorithm: string | null,
  bytes: Uint8Array,
  signature: Uint8Array,
): boolean {
  try {
    return verify(algorithm, bytes, readPublicKey(publicKey), signature);
  } catch {
    return false;
  }
}
