// A forge's refusal as a coded error: the status decides the code; the forge's own words are kept in bounds,
// on one line, and with the token struck out, since a proxy may say the request back.
import type { ErrorFactory, PlimsollError } from '../../../kit/error.ts';
import { isJsonObject, type Json } from '../../../kit/json.ts';
import { forgeErrors } from '../errors.ts';

export interface Refusal {
  readonly status: number;
  /** As people see it, `api.github.com`. */
  readonly host: string;
  /** What was asked, `comment 17 of team/app#3`. */
  readonly what: string;
  readonly isWrite: boolean;
  /** The body, where it is JSON. */
  readonly value: Json | undefined;
  readonly location: string | undefined;
}

/** What a forge's adapter knows beside the status. */
export interface Advice {
  /** What a token needs to write; said where one may not. */
  readonly denied: string;
  /** Where the kind of token is known to be refused: any refusal of the token is this. */
  readonly deniedAlways?: string;
}

/** The error of an answer that is neither 2xx nor waited for. */
export function forgeFailure(refusal: Refusal, advice: Advice, token: string): PlimsollError {
  const { status, host, what } = refusal;
  const words = forgeWords(refusal.value, token);
  const said = `${what}: ${host} answers ${status}${words === '' ? '' : ` (${words})`}`;
  if (status >= 300 && status < 400)
    return forgeErrors.target_missing(
      `${said}: it has moved${refusal.location === undefined ? '' : ` to ${clean(refusal.location, 200, token)}`}; a token is not sent after it`,
    );
  if (advice.deniedAlways !== undefined && [401, 403, 404].includes(status))
    return forgeErrors.denied(`${said}: ${advice.deniedAlways}`);
  const factory = factoryFor(refusal, words);
  return factory(factory === forgeErrors.denied ? `${said}: ${advice.denied}` : said);
}

function factoryFor({ status, isWrite }: Refusal, words: string): ErrorFactory {
  if (status === 401) return forgeErrors.unauthenticated;
  // GitHub's secondary limits may come with no header at all: these words are then the only sign it documents.
  if (status === 429 || (status === 403 && /rate limit/i.test(words))) return forgeErrors.rate_limited;
  // 423: the project is archived.
  if (status === 403 || status === 423) return forgeErrors.denied;
  if (status === 404 || status === 410) return forgeErrors.target_missing;
  if (status >= 500 || status === 408) return forgeErrors.unavailable;
  return isWrite ? forgeErrors.body_refused : forgeErrors.answer_invalid;
}

/** The message of an error answer of any of the three forges; empty where there is none. */
export function forgeWords(value: Json | undefined, token: string): string {
  if (!isJsonObject(value)) return '';
  const main = value.message ?? value.error_description ?? value.error;
  const parts: Json[] = main === undefined || main === null ? [] : [main];
  if (Array.isArray(value.errors)) parts.push(...value.errors.slice(0, 3).map(detailOf));
  return clean(
    parts
      .filter((part) => part !== '')
      .map((part) => (typeof part === 'string' ? part : JSON.stringify(part)))
      .join('; '),
    300,
    token,
  );
}

function detailOf(error: Json): Json {
  return isJsonObject(error) ? (error.message ?? error) : error;
}

/** One line without control characters: the text comes from outside and goes to a terminal. */
function clean(text: string, longest: number, token: string): string {
  const line = (token === '' ? text : text.replaceAll(token, '…'))
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu, ' ')
    .trim();
  return line.length > longest ? `${line.slice(0, longest)}…` : line;
}
