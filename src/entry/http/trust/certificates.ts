// The certificate authority by Fulcio's protocol (fulcio.proto, version 2, its JSON over HTTP): an identity token and
// a key, or a request that the key signed, for a certificate of minutes with the log's promise in it.
import { z } from 'zod';
import { formatPem } from '../../../formats/x509/certificate-pem.ts';
import { hubErrors } from '../../../services/hub/errors.ts';
import type { RateCounter } from '../../../services/hub/rate-counter.ts';
import type { CertificateDesk, KeyProof } from '../../../services/trust/certificate-desk.ts';
import { type IdentityTokens, sigstoreAudience } from '../../../services/trust/identity-tokens.ts';
import type { TrustService } from '../../../services/trust/trust-service.ts';
import { httpErrors } from '../errors.ts';
import { checkRate, signingRequests } from './rate.ts';
import { answerJson, readTrustJson, type TrustRoute } from './route.ts';

export interface CertificateParts {
  readonly certificateDesk: CertificateDesk;
  readonly identityTokens: IdentityTokens;
  /** Of all that a signature takes. */
  readonly signingRate: RateCounter;
  readonly trust: TrustService;
}

export function createCertificateRoutes(parts: CertificateParts): readonly TrustRoute[] {
  const { certificateDesk, signingRate } = parts;
  return [
    {
      method: 'POST',
      path: '/trust/ca/api/v2/signingCert',
      async answer({ request, network }) {
        checkRate(signingRate, network, signingRequests);
        const { token, proof } = readRequest(await readTrustJson(request), request.headers);
        const { der, chain } = await certificateDesk.issue(token, proof);
        const certificates = [der, ...chain].map((one) => formatPem([one]));
        return answerJson({ signedCertificateEmbeddedSct: { chain: { certificates } } });
      },
    },
    {
      method: 'GET',
      path: '/trust/ca/api/v2/trustBundle',
      async answer() {
        const chains = await certificateDesk.chains();
        return answerJson({
          chains: chains.map((chain) => ({ certificates: chain.map((one) => formatPem([one])) })),
        });
      },
    },
    {
      method: 'GET',
      path: '/trust/ca/api/v2/configuration',
      async answer() {
        const issuers = [parts.trust.url, ...parts.identityTokens.keys.issuers];
        const audience = sigstoreAudience;
        return answerJson({ issuers: issuers.map((issuerUrl) => ({ issuerUrl, audience })) });
      },
    },
  ];
}

const text = z.string().min(1);
const request = z.object({
  credentials: z.object({ oidcIdentityToken: text.optional() }).optional(),
  publicKeyRequest: z
    .object({ publicKey: z.object({ content: text }), proofOfPossession: z.base64() })
    .optional(),
  certificateSigningRequest: z.base64().optional(),
});

/** `http.body_invalid`, `hub.credentials_wrong`. */
function readRequest(value: unknown, headers: Headers): { readonly token: string; readonly proof: KeyProof } {
  const parsed = request.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw httpErrors.body_invalid(
      `${issue?.path.join('.') || 'the body'}: ${issue?.message ?? 'is not valid'}`,
    );
  }
  const { credentials, publicKeyRequest, certificateSigningRequest } = parsed.data;
  const [, bearer] = /^bearer +(\S+)$/i.exec(headers.get('authorization') ?? '') ?? [];
  const token = credentials?.oidcIdentityToken ?? bearer;
  if (token === undefined)
    throw hubErrors.credentials_wrong(
      'a certificate is asked for with an identity token, as credentials.oidcIdentityToken or as Bearer',
    );
  if (certificateSigningRequest !== undefined && publicKeyRequest === undefined)
    return {
      token,
      proof: { kind: 'request', pem: Buffer.from(certificateSigningRequest, 'base64').toString('latin1') },
    };
  if (publicKeyRequest === undefined || certificateSigningRequest !== undefined)
    throw httpErrors.body_invalid('the request has one of publicKeyRequest and certificateSigningRequest');
  const { publicKey, proofOfPossession } = publicKeyRequest;
  return {
    token,
    proof: {
      kind: 'signature',
      publicKeyPem: publicKey.content,
      signature: Buffer.from(proofOfPossession, 'base64'),
    },
  };
}
