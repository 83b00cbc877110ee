// `POST /token/exchange` (RFC 8693): an identity token of a CI job for a bearer token of minutes. Each identity token
// is taken once. Clients that know nothing of this give it as the password of `oidc` to `/token` instead.
import type { Publishers } from '../../../services/hub/publishers.ts';
import { httpErrors } from '../errors.ts';
import type { Methods } from '../v2/methods.ts';
import { answerToken, readForm, type TokenParts } from './token.ts';

const TYPES: readonly string[] = Object.freeze([
  'urn:ietf:params:oauth:token-type:id_token',
  'urn:ietf:params:oauth:token-type:jwt',
]);
const GRANT = 'urn:ietf:params:oauth:grant-type:token-exchange';

export function createTokenExchangeMethods(
  parts: Pick<TokenParts, 'access' | 'tokens'> & { readonly publishers: Publishers },
): Methods<unknown> {
  return {
    async POST(exchange) {
      const form = await readForm(exchange);
      const subject = form.get('subject_token');
      if (form.get('grant_type') !== GRANT || subject === null)
        throw httpErrors.query_invalid(`the form must have grant_type=${GRANT} and subject_token`);
      if (!TYPES.includes(form.get('subject_token_type') ?? ''))
        throw httpErrors.query_invalid(`subject_token_type must be ${TYPES.join(' or ')}`);
      // Nothing could be done with a token for nothing, and the identity token would be used up.
      if ((form.get('scope') ?? '') === '')
        throw httpErrors.query_invalid('scope must say what for, as repository:team/app:pull,push');
      const principal = await parts.publishers.identify(subject);
      const wanted = form.getAll('scope');
      await answerToken(parts, exchange, principal, wanted, undefined, {
        issued_token_type: 'urn:ietf:params:oauth:token-type:access_token',
      });
    },
  };
}
