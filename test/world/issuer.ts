// A real OpenID Connect issuer on loopback, as a CI service runs one: discovery, a key set, and signed identity tokens.
// Its keys can be rotated at any moment, and what it was asked is counted.
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

  const server = createServer((request, response) => {
    if (request.url === '/keys') asked += 1;
    const answers: Readonly<Record<string, unknown>> = {
      '/.well-known/openid-configuration': { issuer: url, jwks_uri: `${url}/keys` },
      '/keys': { keys: [key.jwk] },
    };
    const body = answers[request.url ?? ''];
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
    break(answer) {
      broken = answer;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
