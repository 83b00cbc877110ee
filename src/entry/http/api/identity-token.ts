// An identity token of the instance for who is logged in, with which its authority gives a certificate. It stands with
// the authority's addresses, and in the API's document: who asks is found as for every other route.
import { z } from 'zod';
import { type IdentityTokens, sigstoreAudience } from '../../../services/trust/identity-tokens.ts';
import * as contract from '../contract-trust.ts';
import { type ApiRoute, jsonRoute } from './route.ts';

export interface IdentityTokenParts {
  readonly identityTokens: Pick<IdentityTokens, 'issue'>;
}

export function createIdentityTokenRoutes({ identityTokens }: IdentityTokenParts): readonly ApiRoute[] {
  return [
    jsonRoute({
      method: 'post',
      path: '/trust/identity-token',
      summary: 'An identity token of the account or robot that is logged in, for minutes',
      query: z.object({
        audience: z
          .string()
          .regex(/^[\x21-\x7e]{1,500}$/)
          .default(sigstoreAudience),
      }),
      answer: contract.identityToken,
      errors: [401, 403, 503],
      handle: ({ viewer, query }) => identityTokens.issue(viewer, query.audience),
    }),
  ];
}
