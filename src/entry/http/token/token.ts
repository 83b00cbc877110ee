// The token endpoint (distribution docs/content/spec/auth/{token,oauth}.md): GET with Basic or with nothing (then the
// client's certificate, if there is one, says who it is), POST with
// a form. Asking for more than one may have is no error: the token covers the rest. `offline_token=true` (GET) and
// `access_type=offline` (POST) give a refresh token besides, which docker then keeps in place of the password. A robot,
// a job and a certificate have nothing to be remembered by but what they hold already, and get none.
import { collectBytes } from '../../../kit/bytes.ts';
import { formatInstant } from '../../../kit/clock.ts';
import { isPlimsollError } from '../../../kit/error.ts';
import { limits } from '../../../kit/limits.ts';
import { type Access, anonymous, type Principal } from '../../../services/hub/access.ts';
import type { AccessTokens } from '../../../services/hub/access-tokens.ts';
import { hubErrors } from '../../../services/hub/errors.ts';
import type { Logins } from '../../../services/hub/logins.ts';
import { formatScope, parseScopes } from '../../../services/hub/scope.ts';
import type { Tokens } from '../../../services/hub/tokens.ts';
import { addressOf } from '../address.ts';
import { httpErrors } from '../errors.ts';
import { answerJson, bodyOf, type Exchange } from '../exchange.ts';
import { readBasic } from '../guard.ts';
import { peerOf } from '../tls.ts';
import type { Methods } from '../v2/methods.ts';

export interface TokenParts {
  readonly logins: Logins;
  readonly access: Access;
  readonly accessTokens: Pick<AccessTokens, 'createRefresh'>;
  readonly tokens: Tokens;
  readonly isProxyTrusted?: boolean;
}

export function createTokenMethods(parts: TokenParts): Methods<unknown> {
  return {
    async GET(exchange) {
      const { query, request } = exchange;
      const { authorization } = request.headers;
      const basic = readBasic(authorization);
      if (authorization !== undefined && basic === undefined)
        throw refusal(exchange, 'a token is asked for with a Basic Authorization header or with none');
      const principal = await (basic === undefined
        ? loginByPeer(parts, exchange)
        : login(parts, exchange, basic));
      const refresh = await refreshFor(parts, principal, query, query.get('offline_token') === 'true');
      await answerToken(parts, exchange, principal, query.getAll('scope'), refresh);
    },

    async POST(exchange) {
      const form = await readForm(exchange);
      const principal = await loginByForm(parts, exchange, form);
      const given = form.get('refresh_token') ?? undefined;
      const refresh =
        given ?? (await refreshFor(parts, principal, form, form.get('access_type') === 'offline'));
      await answerToken(parts, exchange, principal, form.getAll('scope'), refresh);
    },
  };
}

/** `http.body_too_large`. */
export async function readForm(exchange: Exchange): Promise<URLSearchParams> {
  const bytes = await collectBytes(bodyOf(exchange), limits.tokenFormBytes, httpErrors.body_too_large);
  return new URLSearchParams(Buffer.from(bytes).toString('utf8'));
}

async function loginByForm(parts: TokenParts, exchange: Exchange, form: URLSearchParams): Promise<Principal> {
  const grantType = form.get('grant_type');
  const secret = form.get('refresh_token');
  if (grantType === 'refresh_token' && secret !== null)
    return challenged(exchange, () => parts.logins.refresh(secret));
  const name = form.get('username');
  const password = form.get('password');
  if (grantType === 'password' && name !== null && password !== null)
    return login(parts, exchange, { name, password });
  throw httpErrors.query_invalid(
    'the form must have grant_type=password with username and password, or grant_type=refresh_token with refresh_token',
  );
}

/** Anonymous where there is no certificate, or where nobody registered it. */
async function loginByPeer({ logins }: TokenParts, exchange: Exchange): Promise<Principal> {
  const peer = peerOf(exchange.request.socket);
  if (peer === undefined) return anonymous;
  return (await challenged(exchange, () => logins.identifyCertificate(peer))) ?? anonymous;
}

async function login(
  parts: TokenParts,
  exchange: Exchange,
  { name, password: secret }: { name: string; password: string },
): Promise<Principal> {
  // Some clients send an empty Basic header where they have no credentials.
  if (name === '' && secret === '') return loginByPeer(parts, exchange);
  const { logins, isProxyTrusted = false } = parts;
  const { headers, socket } = exchange.request;
  const address = addressOf(socket.remoteAddress, headers['x-forwarded-for'], isProxyTrusted);
  return challenged(exchange, () => logins.identify({ name, secret, address }));
}

/** Whatever is wrong with a login, the answer says how to log in. */
async function challenged<T>(exchange: Exchange, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (isPlimsollError(error, { kind: 'unauthenticated' })) challenge(exchange);
    throw error;
  }
}

async function refreshFor(
  { accessTokens }: TokenParts,
  principal: Principal,
  asked: URLSearchParams,
  isWanted: boolean,
): Promise<string | undefined> {
  if (!isWanted || principal.kind !== 'account' || principal.certificate !== undefined) return undefined;
  const client = (asked.get('client_id') ?? '').replace(/[^\w .:/-]/g, '').slice(0, 100) || 'a client';
  const parent = principal.credential === undefined ? {} : { parentId: principal.credential };
  return accessTokens.createRefresh(principal.id, { client, ...parent });
}

export async function answerToken(
  { access, tokens }: Pick<TokenParts, 'access' | 'tokens'>,
  exchange: Exchange,
  principal: Principal,
  wanted: readonly string[],
  refreshToken?: string,
  more: Readonly<Record<string, string>> = {},
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
    ...(refreshToken === undefined ? {} : { refresh_token: refreshToken }),
    ...more,
  };
  answerJson(exchange, 200, body, { 'Cache-Control': 'no-store' });
}

function refusal(exchange: Exchange, sentence: string): Error {
  challenge(exchange);
  return hubErrors.credentials_wrong(sentence);
}

function challenge(exchange: Exchange): void {
  exchange.headers['WWW-Authenticate'] = 'Basic realm="plimsoll", charset="UTF-8"';
}
