// One request to a key service over HTTPS: the whole of it within its time, nothing followed to another server (what
// stands in its headers is a secret), and failures of the net told as those of the key. Asking to sign again is safe:
// nothing comes of the first signature.
import { collectBytes, decodeUtf8 } from '../../kit/bytes.ts';
import { isPlimsollError } from '../../kit/error.ts';
import { isJsonObject, type JsonObject, parseJson } from '../../kit/json.ts';
import { limits } from '../../kit/limits.ts';
import { netErrors } from '../net/errors.ts';
import type { Http, HttpRequest } from '../net/http.ts';
import { keysErrors } from './errors.ts';

export interface ServiceCall {
  /** Names the service and the key in errors, without a secret. */
  readonly place: string;
  readonly timeoutMs?: number;
}

export interface ServiceAnswer {
  readonly status: number;
  /** Empty where the answer has no body. */
  readonly value: JsonObject;
}

/** Whatever the status; `keys.unavailable` where no answer came that can be read, `net.*` of kind untrusted as they are. */
export async function askService(
  http: Http,
  request: HttpRequest,
  call: ServiceCall,
): Promise<ServiceAnswer> {
  const { place, timeoutMs = limits.keyServiceMs } = call;
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    const answer = await http.requestWithRetry({
      ...request,
      signal,
      redirects: 'manual',
      limitBytes: limits.keyServiceBytes,
    });
    const text = decodeUtf8(
      await collectBytes(answer.body, limits.keyServiceBytes, netErrors.answer_too_large),
    );
    const value = text === '' ? {} : parseJson(text ?? '');
    if (isJsonObject(value)) return { status: answer.status, value };
    throw keysErrors.unavailable(`${place} answers ${answer.status} with what is not JSON`);
  } catch (cause) {
    if (signal.aborted)
      throw keysErrors.unavailable(`${place} did not answer within ${timeoutMs} ms`, { cause });
    if (isPlimsollError(cause, { kind: 'unavailable' }) && cause.code !== keysErrors.unavailable.code)
      throw keysErrors.unavailable(`${place} cannot be asked: ${cause.message}`, { cause });
    throw cause;
  }
}
