// The public keys of OpenID Connect issuers: discovery (OpenID Connect Discovery 1.0 §4) and the key set (RFC 7517),
// through the product's one HTTP client. Kept for minutes; asked again when a token names a key that is not known,
// which is how issuers rotate, but never more often than every few seconds, whoever sends tokens. Only issuers that
// the operator allowed are asked at all: nobody else can make the server fetch an address.
import { importJWK, type JWK } from 'jose';
import { endBody } from '../../io/net/fetch.ts';
import type { Http } from '../../io/net/http.ts';
import { collectBytes, decodeUtf8 } from '../../kit/bytes.ts';
import type { Clock } from '../../kit/clock.ts';
import { describeError, isPlimsollError } from '../../kit/error.ts';
import { isJsonObject, type JsonObject, parseJson } from '../../kit/json.ts';
import { limits } from '../../kit/limits.ts';
import { hubErrors } from './errors.ts';

export type VerifyKey = Awaited<ReturnType<typeof importJWK>>;

export interface IssuerKeys {
  /** Whether the operator allowed it. */
  isAllowed(issuer: string): boolean;
  /** What the operator allowed. */
  readonly issuers: readonly string[];
  /** The issuer's key of this name, for this algorithm; `hub.id_token_invalid`, `hub.issuer_unavailable`. */
  find(issuer: string, kid: string, algorithm: string): Promise<VerifyKey>;
}

/** What issuers sign with; no shared secrets, and never none. */
export const idTokenAlgorithms: readonly string[] = Object.freeze([
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  ...['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'],
]);

/** A key that an issuer took back is believed this long at most. */
const FRESH_MS = 10 * 60_000;
/** And this long where the issuer does not answer meanwhile. */
const STALE_MS = 60 * 60_000;
const ASKED_EVERY_MS = 10_000;
/** Keys of one issuer; usual are two to five. */
const KEYS = 100;

interface Known {
  keys: readonly JWK[];
  fetchedAt: number;
  askedAt: number;
  asking?: Promise<void> | undefined;
}

interface Deps {
  readonly http: Pick<Http, 'request' | 'allowsPlaintext'>;
  readonly clock: Clock;
  /** As their tokens say in `iss`. */
  readonly issuers: readonly string[];
}

export function createIssuerKeys(deps: Deps): IssuerKeys {
  const { clock, http, issuers } = deps;
  const known = new Map<string, Known>();

  async function fetchKeys(issuer: string, entry: Known): Promise<void> {
    entry.askedAt = clock.now();
    entry.asking ??= readKeys(http, issuer)
      .then((keys) => {
        entry.keys = keys;
        entry.fetchedAt = clock.now();
      })
      .finally(() => {
        entry.asking = undefined;
      });
    return entry.asking;
  }

  async function refresh(issuer: string, entry: Known): Promise<void> {
    try {
      await fetchKeys(issuer, entry);
    } catch (error) {
      if (clock.now() - entry.fetchedAt > STALE_MS) throw error;
    }
  }

  return {
    issuers,
    isAllowed: (issuer) => issuers.includes(issuer),

    async find(issuer, kid, algorithm) {
      const entry = known.get(issuer) ?? {
        keys: [],
        fetchedAt: Number.NEGATIVE_INFINITY,
        askedAt: Number.NEGATIVE_INFINITY,
      };
      known.set(issuer, entry);
      const mayAsk = (): boolean =>
        entry.asking !== undefined || clock.now() - entry.askedAt >= ASKED_EVERY_MS;
      if (clock.now() - entry.fetchedAt > FRESH_MS) {
        if (mayAsk()) await refresh(issuer, entry);
        else if (clock.now() - entry.fetchedAt > STALE_MS)
          throw hubErrors.issuer_unavailable(`${issuer} did not answer a moment ago`);
      }
      let key = chooseKey(entry.keys, kid, algorithm);
      if (key === undefined && mayAsk()) {
        await refresh(issuer, entry);
        key = chooseKey(entry.keys, kid, algorithm);
      }
      if (key === undefined)
        throw hubErrors.id_token_invalid(`${issuer} has no key "${kid.slice(0, 80)}" for ${algorithm}`);
      return importJWK(key, algorithm).catch((cause: unknown) => {
        throw hubErrors.id_token_invalid(`the key "${kid.slice(0, 80)}" of ${issuer} cannot be used`, {
          cause,
        });
      });
    },
  };
}

function chooseKey(keys: readonly JWK[], kid: string, algorithm: string): JWK | undefined {
  return keys.find(
    (key) =>
      key.kid === kid &&
      (key.use === undefined || key.use === 'sig') &&
      (key.alg === undefined || key.alg === algorithm) &&
      key.kty !== 'oct',
  );
}

async function readKeys(http: Deps['http'], issuer: string): Promise<readonly JWK[]> {
  const document = await readDiscovery(http, issuer);
  const { jwks_uri: place } = document;
  if (typeof place !== 'string') throw unavailable(issuer, 'its discovery document names no key set');
  const { keys } = await fetchJson(http, issuer, place);
  if (!Array.isArray(keys)) throw unavailable(issuer, 'its key set has no keys');
  return keys.filter((key) => isJsonObject(key)).slice(0, KEYS) as JWK[];
}

/** The issuer's own document, which must say that it is the issuer's. `hub.issuer_unavailable`. */
export async function readDiscovery(http: Deps['http'], issuer: string): Promise<JsonObject> {
  const document = await fetchJson(
    http,
    issuer,
    `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`,
  );
  if (document.issuer !== issuer) throw unavailable(issuer, 'its discovery document is another issuer’s');
  return document;
}

async function fetchJson(http: Deps['http'], issuer: string, place: string): Promise<JsonObject> {
  const url = URL.canParse(place) ? new URL(place) : undefined;
  if (url === undefined || (url.protocol !== 'https:' && !http.allowsPlaintext(url)))
    throw unavailable(issuer, `"${place.slice(0, 200)}" is no https address`);
  try {
    const answer = await http.request({
      url,
      headers: { accept: 'application/json' },
      redirects: 'manual',
      limitBytes: limits.issuerAnswerBytes,
      timeoutMs: limits.issuerAnswerMs,
      signal: AbortSignal.timeout(limits.issuerAnswerMs),
    });
    if (answer.status !== 200) {
      endBody(answer.body);
      throw unavailable(issuer, `${url.pathname} answered ${answer.status}`);
    }
    const bytes = await collectBytes(answer.body, limits.issuerAnswerBytes, hubErrors.issuer_unavailable);
    const value = parseJson(decodeUtf8(bytes) ?? '');
    if (isJsonObject(value)) return value;
  } catch (cause) {
    if (isPlimsollError(cause, { code: hubErrors.issuer_unavailable.code })) throw cause;
    throw unavailable(issuer, describeError(cause), cause);
  }
  throw unavailable(issuer, `${url.pathname} is not JSON`);
}

function unavailable(issuer: string, why: string, cause?: unknown): Error {
  return hubErrors.issuer_unavailable(`${issuer} cannot be asked for its keys: ${why}`, { cause });
}
