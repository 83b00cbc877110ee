// What to send as Authorization: Basic, or bearer tokens from the token server that the registry names
// (distribution docs, "Token Authentication" and "OAuth2 Token Authentication"). Tokens are kept in memory
// per set of scopes until shortly before they expire. A login goes to the token server only over https, or
// where the registry itself is reached in the clear with the user's consent.
import { collectBytes, decodeUtf8 } from '../../../kit/bytes.ts';
import type { Clock } from '../../../kit/clock.ts';
import { isJsonObject, parseJson } from '../../../kit/json.ts';
import { limits } from '../../../kit/limits.ts';
import type { Http, HttpAnswer, HttpRequest } from '../../net/http.ts';
import { isLoopbackHost } from '../../net/loopback.ts';
import type { Credential } from '../credentials.ts';
import { imageErrors } from '../errors.ts';
import { parseChallenges } from './challenge.ts';
import { registryFailure } from './failure.ts';

/** What a request touches: one repository, or several for a mount; the first one decides the login. */
export interface Need {
  readonly repositories: readonly { readonly name: string; readonly actions: 'pull' | 'pull,push' }[];
}

export interface Authorizer {
  /** The header for a request, or undefined while the registry has not asked for any. */
  header(need: Need): Promise<string | undefined>;
  /**
   * Learns from a 401 to a request that carried `sent`; false where trying again would change nothing. Requests
   * run side by side: another may have learnt meanwhile what this one lacked.
   */
  learn(answer: HttpAnswer, need: Need, sent: string | undefined): Promise<boolean>;
}

interface Deps {
  readonly http: Http;
  readonly clock: Clock;
  /** The registry's own address, as it is reached. */
  readonly origin: URL;
  readonly credential: (repository?: string) => Promise<Credential | undefined>;
  readonly signal?: AbortSignal;
}

type Scheme =
  | { readonly kind: 'basic' }
  | { readonly kind: 'bearer'; readonly realm: URL; readonly service?: string };

interface Token {
  readonly text: string;
  readonly expiresAt: number;
}

/** One registry's authorizer; holds tokens, so it lives as long as its client. */
export function createAuthorizer(deps: Deps): Authorizer {
  const tokens = new Map<string, Promise<Token>>();
  let scheme: Scheme | undefined;

  const usable = async (key: string): Promise<Token | undefined> => {
    const token = await tokens.get(key);
    if (token === undefined || token.expiresAt > deps.clock.now()) return token;
    tokens.delete(key);
    return undefined;
  };

  const bearer = async (asked: Scheme & { kind: 'bearer' }, need: Need): Promise<string> => {
    const credential = await deps.credential(need.repositories[0]?.name);
    if (credential?.kind === 'registry-token') return credential.token;
    const [key, wider] = keysOf(need);
    for (const known of [key, wider]) {
      const token = await usable(known);
      if (token !== undefined) return token.text;
    }
    const fetching = fetchToken(deps, asked, scopesOf(need), credential);
    // A long-lived client that sees many repositories forgets the oldest.
    if (tokens.size >= TOKENS_KEPT) tokens.delete(tokens.keys().next().value as string);
    tokens.set(key, fetching);
    try {
      return (await fetching).text;
    } catch (error) {
      tokens.delete(key);
      throw error;
    }
  };

  return {
    async header(need) {
      if (scheme === undefined) return undefined;
      if (scheme.kind === 'bearer') return `Bearer ${await bearer(scheme, need)}`;
      const credential = await deps.credential(need.repositories[0]?.name);
      return credential?.kind === 'password' ? basic(credential) : undefined;
    },
    async learn(answer, need, sent) {
      const found = readScheme(answer.headers['www-authenticate'], deps.origin);
      if (found === undefined) return false;
      const isNews = scheme?.kind !== found.kind;
      scheme = found;
      if (sent === undefined || isNews) return true;
      // A token that was not enough is fetched anew, once; one that another request has fetched since may do.
      for (const key of keysOf(need)) {
        const token = await tokens.get(key);
        if (token === undefined) continue;
        if (sent === `Bearer ${token.text}`) tokens.delete(key);
        return true;
      }
      return found.kind === 'bearer' && sent.startsWith('Bearer ');
    },
  };
}

function scopesOf(need: Need): readonly string[] {
  return need.repositories.map(({ name, actions }) => `repository:${name}:${actions}`);
}

/** The name of the token that suffices, and of one for pushing too that would. */
function keysOf(need: Need): readonly [string, string] {
  const key = scopesOf(need).join(' ');
  return [key, key.replaceAll(/:pull(?= |$)/g, ':pull,push')];
}

/** Bearer where it names a usable realm, else Basic. */
function readScheme(header: string | undefined, origin: URL): Scheme | undefined {
  const challenges = parseChallenges(header);
  for (const { scheme, parameters } of challenges) {
    if (scheme !== 'bearer') continue;
    const realm = URL.parse(parameters.get('realm') ?? '', origin);
    if (realm === null || (realm.protocol !== 'https:' && realm.protocol !== 'http:')) continue;
    const service = parameters.get('service');
    return { kind: 'bearer', realm, ...(service === undefined ? {} : { service }) };
  }
  return challenges.some(({ scheme }) => scheme === 'basic') ? { kind: 'basic' } : undefined;
}

async function fetchToken(
  deps: Deps,
  asked: Scheme & { kind: 'bearer' },
  scopes: readonly string[],
  credential: Credential | undefined,
): Promise<Token> {
  checkRealm(asked.realm, deps.origin);
  const answer = await deps.http.requestWithRetry({
    ...tokenRequest(asked, scopes, credential),
    // Else a stranger's registry could name an instance that this is a part of, and be shown that part's token.
    isForeign: asked.realm.origin !== deps.origin.origin,
    limitBytes: limits.registryAnswerBytes,
    ...(deps.signal === undefined ? {} : { signal: deps.signal }),
  });
  const login = credential === undefined ? 'without a login' : `with the login from ${credential.source}`;
  if (answer.status !== 200) throw await registryFailure(answer, `a token for ${deps.origin.host} ${login}`);
  const bytes = await collectBytes(answer.body, limits.registryAnswerBytes, imageErrors.registry_failed);
  return readToken(bytes, answer.url.host, deps.clock.now());
}

function tokenRequest(
  asked: Scheme & { kind: 'bearer' },
  scopes: readonly string[],
  credential: Credential | undefined,
): HttpRequest {
  if (credential?.kind === 'identity-token') {
    const form = new URLSearchParams({ grant_type: 'refresh_token', refresh_token: credential.token });
    form.set('client_id', 'plimsoll');
    if (asked.service !== undefined) form.set('service', asked.service);
    if (scopes.length > 0) form.set('scope', scopes.join(' '));
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    // The body is the secret itself, so it follows no redirect.
    return { url: asked.realm, method: 'POST', headers, body: form.toString(), redirects: 'manual' };
  }
  const url = new URL(asked.realm);
  if (asked.service !== undefined) url.searchParams.set('service', asked.service);
  for (const scope of scopes) url.searchParams.append('scope', scope);
  if (credential?.kind !== 'password') return { url };
  url.searchParams.set('account', credential.username);
  return { url, headers: { authorization: basic(credential) } };
}

/** `images.address_refused` where the token server is reached in the clear though the registry is not. */
function checkRealm(realm: URL, origin: URL): void {
  if (realm.protocol === 'https:' || realm.origin === origin.origin) return;
  const clear = origin.protocol === 'http:';
  if (clear && (isLoopbackHost(realm.hostname) || realm.hostname === origin.hostname)) return;
  throw imageErrors.address_refused(
    `${origin.host} names ${realm.origin} as its token server, not over https`,
  );
}

function readToken(bytes: Uint8Array, host: string, now: number): Token {
  const value = parseJson(decodeUtf8(bytes) ?? '');
  const found = isJsonObject(value) ? (value.token ?? value.access_token) : undefined;
  if (typeof found !== 'string' || !/^[\x21-\x7e]+$/.test(found))
    throw imageErrors.registry_failed(`the token server ${host} answers without a usable token`);
  const seconds = isJsonObject(value) && typeof value.expires_in === 'number' ? value.expires_in : 60;
  // Ten seconds less, for clocks that differ and requests under way; never less than is needed to be used once.
  return { text: found, expiresAt: now + Math.max(1, seconds - 10) * 1000 };
}

function basic(credential: Credential & { kind: 'password' }): string {
  return `Basic ${Buffer.from(`${credential.username}:${credential.password}`).toString('base64')}`;
}

/** A copy touches a handful of repositories; a mirror some hundred. */
const TOKENS_KEPT = 256;
