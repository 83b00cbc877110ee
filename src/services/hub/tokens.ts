// Bearer tokens: JWT signed with Ed25519 (RFC 7519, 8037), with Docker's `access` claim
// (distribution docs/content/spec/auth/jwt.md). The keys are kept in the database, so that every process of an
// installation takes every other's tokens; the newest one signs, and a former one is taken while its tokens live. A token lives for minutes and is not
// revoked before: what it allows was decided when it was issued, and narrows again at each grant. It also says through
// what it was got, so that the audit log can, and so that a write can see that this still stands.
import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { jwtVerify, SignJWT } from 'jose';
import type { Database } from '../../io/db/database.ts';
import { createRowCache } from '../../io/db/row-cache.ts';
import type { Clock, Random } from '../../kit/clock.ts';
import { hubErrors } from './errors.ts';
import { type KeptGeneration, readKeptKeys } from './kept-keys.ts';
import { anonymous, type Principal } from './principal.ts';
import { formatAccessEntry, readScope, type Scope } from './scope.ts';

export interface IssuedToken {
  readonly token: string;
  readonly expiresInSeconds: number;
  /** Epoch milliseconds. */
  readonly issuedAt: number;
}

export interface Tokens {
  /** A token for the principal that covers exactly `access`, which access.ts has narrowed before. */
  issue(principal: Principal, access: readonly Scope[]): Promise<IssuedToken>;
  /** Who presents the token, with its scopes; `hub.token_invalid`. */
  check(token: string): Promise<Principal>;
  /** The same of a token that was checked lately and is good still; undefined says nothing about it. */
  peek(token: string): Principal | undefined;
}

/** Docker's hub uses the same: long enough for one push's requests, short enough to need no revocation. */
const LIFETIME_SECONDS = 300;
/** Processes of one installation may disagree by this much on the time. */
const CLOCK_TOLERANCE_SECONDS = 5;
/** Who issued it and whom it is for: one installation, which its key tells from any other. */
export const tokenService = 'plimsoll';
/** The key of bearer tokens, and for how long a former one must be taken: as long as its last token lives. */
export const tokenKey = Object.freeze({
  name: 'token_key',
  acceptedMs: (LIFETIME_SECONDS + CLOCK_TOLERANCE_SECONDS) * 1000,
});
/** Tokens whose signature was checked lately; 2,048 of under 1 KiB each are a couple of megabytes. */
const REMEMBERED = 2_048;
/** A token with 100 scopes of the longest names stays under it, and so does Node's header limit. */
const TOKEN_CHARS = 12_288;
/** PKCS #8 around a raw Ed25519 seed (RFC 8410 §7). */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');

interface Keys {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  readonly acceptedUntil?: number;
}

export function createTokens(parts: { database: Database; clock: Clock; random: Random }): Tokens {
  const { database, clock, random } = parts;
  const rows = createRowCache<readonly [Keys, ...Keys[]]>(database, ['kept_key'], 1);
  const remembered = new Map<string, { readonly principal: Principal; readonly expiresAt: number }>();

  /** The newest first. */
  const loadKeys = (): Promise<readonly [Keys, ...Keys[]]> =>
    rows.read('all', async () => {
      const [first, ...rest] = await readKeptKeys({ database, clock, random }, tokenKey.name);
      return [toKeys(first), ...rest.map(toKeys)];
    });

  function remember(token: string, principal: Principal, expiresAt: number): void {
    if (remembered.size >= REMEMBERED) remembered.delete(remembered.keys().next().value as string);
    remembered.set(token, { principal, expiresAt });
  }

  /** `hub.token_invalid` with the last key's reason. */
  async function verify(token: string): Promise<Principal> {
    const [first, ...former] = await loadKeys();
    const taken = former.filter(({ acceptedUntil }) => clock.now() < (acceptedUntil ?? 0));
    let answer = verifyWith(token, first);
    for (const keys of taken) answer = answer.catch(() => verifyWith(token, keys));
    return answer;
  }

  async function verifyWith(token: string, { publicKey }: Keys): Promise<Principal> {
    const { payload } = await jwtVerify(token, publicKey, {
      algorithms: ['EdDSA'],
      issuer: tokenService,
      audience: tokenService,
      currentDate: new Date(clock.now()),
      clockTolerance: CLOCK_TOLERANCE_SECONDS,
      requiredClaims: ['exp', 'nbf', 'jti'],
    }).catch((cause: unknown) => {
      throw hubErrors.token_invalid('the bearer token is not valid, or has expired', { cause });
    });
    const principal = readPrincipal(payload);
    remember(token, principal, ((payload.exp as number) + CLOCK_TOLERANCE_SECONDS) * 1000);
    return principal;
  }

  return {
    async issue(principal, access) {
      const [{ privateKey }] = await loadKeys();
      const issuedAt = clock.now();
      const seconds = Math.floor(issuedAt / 1000);
      const token = await new SignJWT({
        iss: tokenService,
        aud: tokenService,
        ...claimsOf(principal),
        access: access.map(formatAccessEntry),
        iat: seconds,
        nbf: seconds,
        exp: seconds + LIFETIME_SECONDS,
        jti: random.uuid(),
      })
        .setProtectedHeader({ alg: 'EdDSA', typ: 'JWT' })
        .sign(privateKey);
      return { token, expiresInSeconds: LIFETIME_SECONDS, issuedAt };
    },

    peek(token) {
      const known = remembered.get(token);
      return known !== undefined && known.expiresAt > clock.now() ? known.principal : undefined;
    },

    async check(token) {
      if (token.length > TOKEN_CHARS) throw hubErrors.token_invalid('the bearer token is too long');
      const known = remembered.get(token);
      if (known === undefined) return verify(token);
      if (known.expiresAt > clock.now()) return known.principal;
      remembered.delete(token);
      throw hubErrors.token_invalid('the bearer token has expired');
    },
  };
}

/** Who it is, beside the claims that every token has. */
function claimsOf(principal: Principal): Record<string, unknown> {
  if (principal.kind === 'anonymous') return {};
  const { kind, name, via, credential, certificate } = principal;
  const proven = {
    name,
    kind,
    ...(via === undefined ? {} : { via }),
    ...(credential === undefined ? {} : { credential }),
    ...(certificate === undefined ? {} : { certificate }),
  };
  if (principal.kind === 'publisher') return { sub: name, publishers: principal.ids, ...proven };
  const admin = principal.kind === 'account' ? { admin: principal.isAdmin } : {};
  return { sub: principal.id, ...admin, ...proven };
}

function readPrincipal(payload: Readonly<Record<string, unknown>>): Principal {
  const {
    sub: id,
    name,
    kind = 'account',
    admin,
    access,
    via,
    credential,
    certificate,
    publishers,
  } = payload;
  if (typeof id !== 'string' || typeof name !== 'string') return anonymous;
  const scopes = Array.isArray(access) ? access.map(readScope).filter((scope) => scope !== undefined) : [];
  const proven = {
    name,
    scopes,
    ...(typeof via === 'string' ? { via } : {}),
    ...(typeof credential === 'string' ? { credential } : {}),
    ...(typeof certificate === 'string' ? { certificate } : {}),
  };
  // Signed by this installation: what is not as claimsOf writes it, an older version wrote.
  if (kind === 'robot') return Object.freeze({ kind, id, ...proven });
  if (kind === 'publisher')
    return Object.freeze({ kind, ids: Array.isArray(publishers) ? publishers.map(String) : [], ...proven });
  return Object.freeze({ kind: 'account', id, isAdmin: admin === true, ...proven });
}

function toKeys({ secret, acceptedUntil }: KeptGeneration): Keys {
  const key = Buffer.concat([PKCS8_PREFIX, secret]);
  const privateKey = createPrivateKey({ key, format: 'der', type: 'pkcs8' });
  const publicKey = createPublicKey(privateKey);
  return { privateKey, publicKey, ...(acceptedUntil === undefined ? {} : { acceptedUntil }) };
}
