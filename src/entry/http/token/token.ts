// The token endpoint (distribution docs/content/spec/auth/{token,oauth}.md): GET with Basic or with
// nothing, POST with a form. Asking for more than one may have is no error: the token covers the rest.
// Refresh tokens are not given: clients then keep the password, and work.
import { collectBytes } from '../../../kit/bytes.ts';
import { formatInstant } from '../../../kit/clock.ts';
import { limits } from '../../../kit/limits.ts';
import { type Access, anonymous, type Principal, principalOf } from '../../../services/hub/access.ts';
import type { Accounts } from '../../../services/hub/accounts.ts';
import { hubErrors } from '../../../services/hub/errors.ts';
import { formatScope, parseScopes } from '../../../services/hub/scope.ts';
import type { Tokens } from '../../../services/hub/tokens.ts';
import { httpErrors } from '../errors.ts';
import { answerJson, bodyOf, type Exchange } from '../exchange.ts';
import { readBasic } from '../guard.ts';
import type { Methods } from '../v2/methods.ts';

interface TokenParts {
  readonly accounts: Accounts;
  readonly access: Access;
  readonly tokens: Tokens;
}

export function createTokenMethods(parts: TokenParts): Methods<unknown> {
  return {
    async GET(exchange) {
      const { authorization } = exchange.request.headers;
      const basic = readBasic(authorization);
      if (authorization !== undefined && basic === undefined)
        throw refusal(exchange, 'a token is asked for with a Basic Authorization header or with none');
      const principal = basic === undefined ? anonymous : await login(parts, exchange, basic);
      await answerToken(parts, exchange, principal, exchange.query.getAll('scope'));
    },

    async POST(exchange) {
      const bytes = await collectBytes(bodyOf(exchange), limits.tokenFormBytes, httpErrors.body_too_large);
      const form = new URLSearchParams(Buffer.from(bytes).toString('utf8'));
      const grantType = form.get('grant_type');
      const name = form.get('username');
      const password = form.get('password');
      // A refresh token is none of ours: the client hears so, and comes back with its password.
      if (grantType === 'refresh_token') throw refusal(exchange, 'this server gives no refresh tokens');
      if (grantType !== 'password' || name === null || password === null)
        throw httpErrors.query_invalid('the form must have grant_type=password, username and password');
      const principal = await login(parts, exchange, { name, password });
      await answerToken(parts, exchange, principal, form.getAll('scope'));
    },
  };
}

async function login(
  { accounts }: TokenParts,
  exchange: Exchange,
  { name, password }: { name: string; password: string },
): Promise<Principal> {
  // Some clients send an empty Basic header where they have no credentials.
  if (name === '' && password === '') return anonymous;
  const account = await accounts.verifyPassword(name, password);
  if (account === undefined) throw refusal(exchange, 'the name or the password is wrong');
  return principalOf(account);
}

async function answerToken(
  { access, tokens }: TokenParts,
  exchange: Exchange,
  principal: Principal,
  wanted: readonly string[],
): Promise<void> {
  const scopes = await access.narrow(principal, parseScopes(wanted.join(' ')));
  const { token, expiresInSeconds, issuedAt } = await tokens.issue(principal, scopes);
  const body = {
    token,
    access_token: token,
    token_type: 'Bearer',
    expires_in: expiresInSeconds,
    issued_at: formatInstant(issuedAt),
    scope: scopes.map(formatScope).join(' '),
  };
  answerJson(exchange, 200, body, { 'Cache-Control': 'no-store' });
}

function refusal(exchange: Exchange, sentence: string): Error {
  exchange.headers['WWW-Authenticate'] = 'Basic realm="plimsoll", charset="UTF-8"';
  return hubErrors.credentials_wrong(sentence);
}
