// Documents about the instance's authority: what verifiers and signers are configured with, and what an OpenID Connect
// issuer publishes. They are made of the keys as they are now, and change when a key does.
import type { IdentityTokens } from '../../../services/trust/identity-tokens.ts';
import type { TrustService } from '../../../services/trust/trust-service.ts';
import { answerJson, answerWith, type TrustRoute } from './route.ts';

export interface DocumentParts {
  readonly trust: TrustService;
  readonly identityTokens: IdentityTokens;
}

export function createDocumentRoutes({ trust, identityTokens }: DocumentParts): readonly TrustRoute[] {
  return [
    {
      method: 'GET',
      path: '/trust/trusted_root.json',
      answer: async () => answerWith(await trust.readTrustedRoot(), 'application/json'),
    },
    {
      method: 'GET',
      path: '/trust/signing_config.json',
      answer: async () => answerWith(await trust.readSigningConfig(), 'application/json'),
    },
    {
      method: 'GET',
      path: '/.well-known/openid-configuration',
      answer: async () => answerJson(identityTokens.describe()),
    },
    {
      method: 'GET',
      path: '/trust/oidc/jwks',
      answer: async () => answerJson(await identityTokens.keySet()),
    },
  ];
}
