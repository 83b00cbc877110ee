// One request to a forge's JSON API: what may be repeated is repeated, a short rate limit is waited for, every
// other answer than 2xx becomes a coded error. Redirects are never followed: only Authorization is taken off
// at another origin, and GitLab's tokens have headers of their own.
import { setTimeout as pause } from 'node:timers/promises';
import { collectBytes, decodeUtf8, formatSize } from '../../../kit/bytes.ts';
import { formatInstant } from '../../../kit/clock.ts';
import { isPlimsollError, type PlimsollError } from '../../../kit/error.ts';
import { type Json, type JsonObject, parseJson } from '../../../kit/json.ts';
import { limits } from '../../../kit/limits.ts';
import { endBody } from '../../net/fetch.ts';
import type { HttpAnswer } from '../../net/http.ts';
import { backoffMs, isRetryStatus, parseRetryAfter, usualRetryPlan } from '../../net/retry.ts';
import { forgeErrors } from '../errors.ts';
import type { ForgeDeps } from '../forge.ts';
import { type Advice, forgeFailure } from './failure.ts';

export interface ForgeCall {
  /** GET where absent. */
  readonly method?: 'POST' | 'PATCH' | 'PUT' | 'DELETE';
  /** Below the API's root, beginning with a slash; or a whole address on the same host. */
  readonly path: string | URL;
  readonly body?: JsonObject;
  /** What is asked for, as an error names it. */
  readonly what: string;
  /** False where a second request could do it twice. */
  readonly isRepeatable: boolean;
}

export interface ForgeAnswer {
  readonly headers: Readonly<Record<string, string>>;
  /** Undefined where the answer has no body. */
  readonly value: Json | undefined;
}

export interface ForgeApi {
  readonly apiUrl: URL;
  /** The answer of a 2xx. Throws the codes that the port names. */
  send(call: ForgeCall): Promise<ForgeAnswer>;
}

export interface ForgeApiOptions extends ForgeDeps {
  readonly apiUrl: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly advice: Advice;
}

export function createForgeApi(options: ForgeApiOptions): ForgeApi {
  const { apiUrl, signal } = options;
  const wait =
    options.wait ?? ((delayMs, ended) => pause(delayMs, undefined, ended ? { signal: ended } : {}));
  return {
    apiUrl,
    async send(call) {
      for (let attempt = 1; ; attempt += 1) {
        const next = await tryOnce(options, call);
        if (next.kind === 'answer') return next.answer;
        const isLast = attempt >= usualRetryPlan.attempts;
        if (isLast || !next.mayPass) throw next.error;
        const delayMs = next.waitMs ?? backoffMs(attempt, usualRetryPlan, options.random);
        if (delayMs > limits.forgeWaitMs) throw next.error;
        await wait(delayMs, signal);
      }
    },
  };
}

type Outcome =
  | { readonly kind: 'answer'; readonly answer: ForgeAnswer }
  | {
      readonly kind: 'failure';
      readonly error: PlimsollError;
      /** Whether the same request may be sent again. */
      readonly mayPass: boolean;
      /** As long as the forge asks for, where it says so. */
      readonly waitMs?: number;
    };

async function tryOnce(options: ForgeApiOptions, call: ForgeCall): Promise<Outcome> {
  const { apiUrl, token } = options;
  let answer: HttpAnswer;
  let text: string | undefined;
  try {
    answer = await options.http.request(requestOf(options, call));
    text = await readText(answer, call);
  } catch (error) {
    if (!isPlimsollError(error, { kind: 'unavailable' })) throw error;
    const said = forgeErrors.unavailable(`${call.what}: ${error.message}`, { cause: error });
    return { kind: 'failure', error: said, mayPass: call.isRepeatable };
  }
  const { status, headers } = answer;
  const value = text === undefined ? undefined : parseJson(text);
  if (status >= 200 && status < 300) {
    if (value === undefined && text !== '')
      throw forgeErrors.answer_invalid(
        `${call.what}: ${apiUrl.host} answers ${status} with ${(headers['content-type'] ?? 'no type').slice(0, 100)} that is not JSON`,
      );
    return { kind: 'answer', answer: { headers, value } };
  }
  const nowMs = options.clock.now();
  const waitMs = askedWaitMs(headers, nowMs);
  const isLimit = status === 429 || (status === 403 && waitMs !== undefined);
  if (isLimit) return limited(apiUrl, call, nowMs, waitMs);
  const refusal = {
    status,
    host: apiUrl.host,
    what: call.what,
    isWrite: call.body !== undefined,
    value,
    location: headers.location,
  };
  const error = forgeFailure(refusal, options.advice, token);
  const mayPass = call.isRepeatable && isRetryStatus(status);
  return { kind: 'failure', error, mayPass, ...(waitMs === undefined ? {} : { waitMs }) };
}

/** A request that a rate limit refused was not taken: it may be sent again, whatever it is. */
function limited(apiUrl: URL, call: ForgeCall, nowMs: number, waitMs: number | undefined): Outcome {
  const until = waitMs === undefined ? 'without saying how long' : `until ${formatInstant(nowMs + waitMs)}`;
  const error = forgeErrors.rate_limited(`${call.what}: ${apiUrl.host} asks to wait ${until} (rate limit)`);
  return { kind: 'failure', error, mayPass: true, ...(waitMs === undefined ? {} : { waitMs }) };
}

function requestOf({ apiUrl, headers, signal }: ForgeApiOptions, call: ForgeCall) {
  return {
    url: typeof call.path === 'string' ? `${apiUrl.href.replace(/\/$/, '')}${call.path}` : call.path,
    method: call.method ?? 'GET',
    headers: {
      accept: 'application/json',
      ...headers,
      ...(call.body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
    limitBytes: limits.forgeAnswerBytes,
    redirects: 'manual' as const,
    ...(signal === undefined ? {} : { signal }),
  };
}

/** The body as text; of a refusal, undefined where it is none or too long to be a message. */
async function readText(answer: HttpAnswer, call: ForgeCall): Promise<string | undefined> {
  const isRefusal = answer.status < 200 || answer.status >= 300;
  try {
    const limitBytes = isRefusal ? REFUSAL_BYTES : limits.forgeAnswerBytes;
    return decodeUtf8(await collectBytes(answer.body, limitBytes, forgeErrors.answer_invalid));
  } catch (error) {
    endBody(answer.body);
    // The status says enough, except where the reader was told to stop.
    if (isRefusal && isPlimsollError(error)) return undefined;
    if (!isPlimsollError(error, { kind: 'untrusted' })) throw error;
    const most = formatSize(limits.forgeAnswerBytes);
    throw forgeErrors.answer_invalid(`${call.what}: the answer is larger than ${most}`, { cause: error });
  }
}

/** Milliseconds that the headers ask to wait: Retry-After, or the end of a used-up limit (epoch seconds). */
function askedWaitMs(headers: Readonly<Record<string, string>>, nowMs: number): number | undefined {
  const asked = parseRetryAfter(headers['retry-after'], nowMs);
  if (asked !== undefined) return asked;
  const remaining = headers['x-ratelimit-remaining'] ?? headers['ratelimit-remaining'];
  const reset = headers['x-ratelimit-reset'] ?? headers['ratelimit-reset'];
  if (remaining?.trim() !== '0' || reset === undefined || !/^\d{1,11}$/.test(reset)) return undefined;
  return Math.max(0, Number(reset) * 1000 - nowMs);
}

/** An error answer is a few hundred bytes; a proxy's HTML page some kB. */
const REFUSAL_BYTES = 64 * 1024;
