// A real OpenID Connect issuer on loopback, as a CI service runs one: discovery, a key set, and signed identity tokens.
// Its keys can be rotated at any moment, and what it was asked is counted.
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';

export interface IssuerWorld extends AsyncDisposable {
  /** As its tokens say in `iss`. */
  readonly url: string;
  /** How often its key set was asked for. */
  readonly asked: number;
  /** A token, by the newest key, that holds for five minutes from `now` (seconds). */
  token(claims: Readonly<Record<string, unknown>>, options?: TokenOptions): Promise<string>;
  /** A new key of this algorithm is the only one from now on. */
  rotate(algorithm: 'RS256' | 'ES256'): Promise<void>;
  /** Whoever signs in with a browser is this one; the client is `plimsoll`, its secret `client-secret`. */
  become(claims: Readonly<Record<string, unknown>>): void;
  /** Answers that come instead of the real ones, until taken back. */
  break(answer: { status: number; body: string } | undefined): void;
}

export interface TokenOptions {
  readonly issuedAt?: number;
  /** Says another `iss`. */
  readonly issuer?: string;
  /** Signed by a key that the issuer never had, under the name of its own. */
  readonly isForged?: boolean;
}

interface Key {
  readonly kid: string;
  readonly algorithm: string;
  readonly privateKey: CryptoKey;
  readonly jwk: JWK;
}

export async function startIssuer(): Promise<IssuerWorld> {
  let serial = 0;
  let asked = 0;
  let person: Readonly<Record<string, unknown>> = {};
  const codes = new Map<string, URLSearchParams>();
  let broken: { status: number; body: string } | undefined;

  async function makeKey(algorithm: string): Promise<Key> {
    const { privateKey, publicKey } = await generateKeyPair(algorithm);
    serial += 1;
    const kid = `key-${serial}`;
    return {
      kid,
      algorithm,
      privateKey,
      jwk: { ...(await exportJWK(publicKey)), kid, alg: algorithm, use: 'sig' },
    };
  }

  let key = await makeKey('RS256');
  /** As GitHub's runner makes a token for the audience that is asked for. */
  async function answerRunner(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.headers.authorization !== 'Bearer runner-secret') return void response.writeHead(401).end();
    const aud = new URL(request.url ?? '', url).searchParams.get('audience');
    const value = await sign({ sub: 'job', aud });
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ value }));
  }

  async function sign(
    claims: Readonly<Record<string, unknown>>,
    { issuedAt = Math.floor(Date.now() / 1000), issuer = url, isForged = false }: TokenOptions = {},
  ): Promise<string> {
    const signer = isForged ? await makeKey(key.algorithm) : key;
    return new SignJWT({
      jti: crypto.randomUUID(),
      iss: issuer,
      iat: issuedAt,
      exp: issuedAt + 300,
      ...claims,
    })
      .setProtectedHeader({ alg: key.algorithm, kid: key.kid, typ: 'JWT' })
      .sign(signer.privateKey);
  }

  /** Everybody is who `person` says, at once: the page where one would log in is left out. */
  function answerBrowser(request: IncomingMessage, response: ServerResponse): void {
    const asked = new URL(request.url ?? '', url).searchParams;
    const code = crypto.randomUUID();
    codes.set(code, asked);
    const location = new URL(asked.get('redirect_uri') as string);
    location.searchParams.set('code', code);
    location.searchParams.set('state', asked.get('state') as string);
    response.writeHead(302, { location: location.href }).end();
  }

  /** Checks what a provider has to: the client, the code, its redirect address and PKCE. */
  async function answerClient(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let text = '';
    for await (const chunk of request) text += chunk;
    const form = new URLSearchParams(text);
    const asked = codes.get(form.get('code') ?? '');
    codes.delete(form.get('code') ?? '');
    const login = `Basic ${Buffer.from('plimsoll:client-secret').toString('base64')}`;
    const challenge = createHash('sha256')
      .update(form.get('code_verifier') ?? '')
      .digest('base64url');
    const isRight =
      asked?.get('code_challenge_method') === 'S256' &&
      asked.get('code_challenge') === challenge &&
      asked.get('redirect_uri') === form.get('redirect_uri') &&
      request.headers.authorization === login;
    if (!isRight) return void response.writeHead(400).end('{"error":"invalid_grant"}');
    const id_token = await sign({ aud: 'plimsoll', nonce: asked.get('nonce'), ...person });
    response
      .writeHead(200, { 'content-type': 'application/json' })
      .end(JSON.stringify({ id_token, access_token: 'x' }));
  }

  const server = createServer((request, response) => {
    if (request.url === '/keys') asked += 1;
    const answers: Readonly<Record<string, unknown>> = {
      '/.well-known/openid-configuration': {
        issuer: url,
        jwks_uri: `${url}/keys`,
        authorization_endpoint: `${url}/authorize`,
        token_endpoint: `${url}/redeem`,
      },
      '/keys': { keys: [key.jwk] },
    };
    const body = answers[request.url ?? ''];
    if (request.url?.startsWith('/authorize?')) return void answerBrowser(request, response);
    if (request.url === '/redeem') return void answerClient(request, response);
    if (request.url?.startsWith('/runner?')) return void answerRunner(request, response);
    if (broken !== undefined) return void response.writeHead(broken.status).end(broken.body);
    if (body === undefined) return void response.writeHead(404).end();
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  return {
    url,
    get asked() {
      return asked;
    },
    token: sign,
    async rotate(algorithm) {
      key = await makeKey(algorithm);
    },
    become(claims) {
      person = claims;
    },
    break(answer) {
      broken = answer;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
