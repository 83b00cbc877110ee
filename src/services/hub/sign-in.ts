// Signing in at an OpenID Connect provider (OpenID Connect Core 1.0 §3.1): authorization code with PKCE (RFC 7636),
// state and nonce. What belongs to one attempt is kept in the browser's own cookie, so that nothing of strangers'
// attempts is kept here; the callback must come from the browser that began. The provider's access token is not used.
import { createHash, timingSafeEqual } from 'node:crypto';
import { decodeProtectedHeader, jwtVerify } from 'jose';
import type { Http } from '../../io/net/http.ts';
import { collectBytes, decodeUtf8 } from '../../kit/bytes.ts';
import type { Clock, Random } from '../../kit/clock.ts';
import { describeError } from '../../kit/error.ts';
import { isJsonObject, type JsonObject, parseJson } from '../../kit/json.ts';
import { limits } from '../../kit/limits.ts';
import type { AuditLog } from './audit.ts';
import { hubErrors } from './errors.ts';
import type { Identities, Identity } from './identities.ts';
import { type IssuerKeys, idTokenAlgorithms, readDiscovery } from './issuer-keys.ts';

export interface SignInSettings {
  readonly issuer: string;
  readonly clientId: string;
  /** Absent for a public client, which PKCE alone protects. */
  readonly clientSecret?: string;
  /** Whether the first sign-in of somebody makes an account. */
  readonly isSignUpOpen: boolean;
}

export interface SignIn {
  /** Where to send the browser, and what it has to bring back in a cookie. */
  begin(callback: string, returnTo: string): Promise<{ readonly location: string; readonly attempt: string }>;
  /** The account's id, and where the person wanted to go. `hub.sign_in_failed`, `hub.sign_in_unknown`. */
  finish(
    callback: string,
    query: URLSearchParams,
    attempt: string | undefined,
  ): Promise<{ readonly accountId: string; readonly returnTo: string }>;
}

/** RFC 7636 §4.1 asks for 256 bits. */
const RANDOM_BYTES = 32;
const CLOCK_TOLERANCE_SECONDS = 30;
/** Anybody may begin a sign-in: not each of them asks the provider where it is. */
const DISCOVERY_MS = 10 * 60_000;

interface Deps {
  readonly settings: SignInSettings;
  readonly http: Pick<Http, 'request' | 'allowsPlaintext'>;
  readonly keys: IssuerKeys;
  readonly identities: Identities;
  readonly audit: AuditLog;
  readonly clock: Clock;
  readonly random: Random;
  /** The provider's document, minutes old at most. */
  readonly discover: () => Promise<JsonObject>;
}

interface Attempt {
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
  readonly returnTo: string;
}

export function createSignIn(given: Omit<Deps, 'discover'>): SignIn {
  const { settings, random } = given;
  const deps: Deps = { ...given, discover: createDiscovery(given) };
  const chance = (): string => Buffer.from(random.bytes(RANDOM_BYTES)).toString('base64url');
  return {
    async begin(callback, returnTo) {
      const attempt: Attempt = {
        state: chance(),
        nonce: chance(),
        verifier: chance(),
        returnTo: localPath(returnTo),
      };
      const location = new URL(await readEndpoint(deps, 'authorization_endpoint'));
      for (const [name, value] of Object.entries({
        response_type: 'code',
        client_id: settings.clientId,
        redirect_uri: callback,
        scope: 'openid profile',
        state: attempt.state,
        nonce: attempt.nonce,
        code_challenge: createHash('sha256').update(attempt.verifier).digest('base64url'),
        code_challenge_method: 'S256',
      }))
        location.searchParams.set(name, value);
      const kept = Buffer.from(JSON.stringify(attempt)).toString('base64url');
      return { location: location.href, attempt: kept };
    },

    async finish(callback, query, kept) {
      const attempt = readAttempt(kept);
      const code = query.get('code');
      if (attempt === undefined || !isSame(query.get('state') ?? '', attempt.state))
        throw hubErrors.sign_in_failed(
          'this is not the answer to a sign-in that this browser began, or it took too long',
        );
      // RFC 9207: an answer that says from whom it is must be from this issuer.
      if (query.has('iss') && query.get('iss') !== settings.issuer)
        throw hubErrors.sign_in_failed('the answer is from another issuer');
      if (code === null)
        throw hubErrors.sign_in_failed(
          `${settings.issuer} said no: ${(query.get('error') ?? '').slice(0, 100)}`,
        );
      const token = await redeem(deps, { code, callback, verifier: attempt.verifier });
      const { identity, name } = await readIdentity(deps, token, attempt.nonce);
      return { accountId: await findAccount(deps, identity, name), returnTo: attempt.returnTo };
    },
  };
}

async function findAccount(deps: Deps, identity: Identity, name: string | undefined): Promise<string> {
  const { identities, settings, audit, clock } = deps;
  const { issuer, subject } = identity;
  const actor = { account: `oidc:${subject.slice(0, 255)}`, via: issuer };
  const note = (action: string): Promise<void> =>
    audit.record(actor, { action, target: name ?? subject.slice(0, 255) }, clock.now());
  try {
    const known = await identities.find(identity);
    const found = known ?? (settings.isSignUpOpen ? await identities.signUp(identity, name) : undefined);
    if (found === undefined)
      throw hubErrors.sign_in_unknown(`no account here belongs to ${subject.slice(0, 100)} of ${issuer}`);
    await note('login.session');
    return found;
  } catch (error) {
    await note('login.refused');
    throw error;
  }
}

/** The identity token for the code. */
async function redeem(
  deps: Deps,
  { code, callback, verifier }: { code: string; callback: string; verifier: string },
): Promise<string> {
  const { clientId, clientSecret, issuer } = deps.settings;
  const form = new URLSearchParams({
    grant_type: 'authorization_code',
    code,
    redirect_uri: callback,
    code_verifier: verifier,
    ...(clientSecret === undefined ? { client_id: clientId } : {}),
  });
  // RFC 6749 §2.3.1: both are encoded before they are joined.
  const pair = `${encodeURIComponent(clientId)}:${encodeURIComponent(clientSecret ?? '')}`;
  const answer = await deps.http.request({
    url: await readEndpoint(deps, 'token_endpoint'),
    method: 'POST',
    headers: {
      accept: 'application/json',
      'content-type': 'application/x-www-form-urlencoded',
      ...(clientSecret === undefined
        ? {}
        : { authorization: `Basic ${Buffer.from(pair).toString('base64')}` }),
    },
    body: form.toString(),
    redirects: 'manual',
    limitBytes: limits.issuerAnswerBytes,
    timeoutMs: limits.issuerAnswerMs,
    signal: AbortSignal.timeout(limits.issuerAnswerMs),
  });
  const bytes = await collectBytes(answer.body, limits.issuerAnswerBytes, hubErrors.sign_in_failed);
  const value = parseJson(decodeUtf8(bytes) ?? '');
  const token = isJsonObject(value) ? value.id_token : undefined;
  if (answer.status !== 200 || typeof token !== 'string')
    throw hubErrors.sign_in_failed(
      `${issuer} gave no identity token for the sign-in; it answered ${answer.status}`,
    );
  return token;
}

async function readIdentity(
  deps: Deps,
  token: string,
  nonce: string,
): Promise<{ readonly identity: Identity; readonly name: string | undefined }> {
  const { issuer, clientId } = deps.settings;
  try {
    const { alg = '', kid } = decodeProtectedHeader(token);
    if (typeof kid !== 'string' || !idTokenAlgorithms.includes(alg))
      throw new Error('it names no key that is taken');
    const { payload } = await jwtVerify(token, await deps.keys.find(issuer, kid, alg), {
      issuer,
      audience: clientId,
      algorithms: [alg],
      currentDate: new Date(deps.clock.now()),
      clockTolerance: CLOCK_TOLERANCE_SECONDS,
      requiredClaims: ['exp', 'iat', 'sub'],
    });
    if (payload.azp !== undefined && payload.azp !== clientId) throw new Error('it is for another client');
    if (typeof payload.nonce !== 'string' || !isSame(payload.nonce, nonce))
      throw new Error('it is for another attempt');
    const name = payload.preferred_username;
    return {
      identity: { issuer, subject: payload.sub as string },
      name: typeof name === 'string' ? name.toLowerCase() : undefined,
    };
  } catch (cause) {
    throw hubErrors.sign_in_failed(`the identity token of ${issuer} does not hold: ${describeError(cause)}`, {
      cause,
    });
  }
}

function createDiscovery({ http, settings, clock }: Omit<Deps, 'discover'>): Deps['discover'] {
  let known: { readonly document: JsonObject; readonly at: number } | undefined;
  return async () => {
    if (known === undefined || clock.now() - known.at > DISCOVERY_MS)
      known = { document: await readDiscovery(http, settings.issuer), at: clock.now() };
    return known.document;
  };
}

async function readEndpoint({ http, settings, discover }: Deps, name: string): Promise<string> {
  const place = (await discover())[name];
  const url = typeof place === 'string' && URL.canParse(place) ? new URL(place) : undefined;
  if (
    url !== undefined &&
    (url.protocol === 'https:' || (url.protocol === 'http:' && http.allowsPlaintext(url)))
  )
    return url.href;
  throw hubErrors.issuer_unavailable(`${settings.issuer} names no ${name} that could be used`);
}

function readAttempt(kept: string | undefined): Attempt | undefined {
  const value = parseJson(Buffer.from(kept ?? '', 'base64url').toString('utf8'));
  if (!isJsonObject(value)) return undefined;
  const { state, nonce, verifier, returnTo } = value;
  if (typeof state !== 'string' || typeof nonce !== 'string' || typeof verifier !== 'string')
    return undefined;
  if (state === '' || nonce === '' || typeof returnTo !== 'string') return undefined;
  return { state, nonce, verifier, returnTo: localPath(returnTo) };
}

/** A page of this server: nobody is sent elsewhere by a link to sign in. */
function localPath(path: string): string {
  return /^\/(?![/\\])[\x21-\x7e]{0,500}$/.test(path) ? path : '/';
}

function isSame(one: string, other: string): boolean {
  const hash = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(hash(one), hash(other));
}
