// One question to a service and its answer, bounded in size and time. Redirects are not followed: what is sent may be
// an identity token, and goes to the address that the configuration names and to no other.
import { collectBytes } from '../../kit/bytes.ts';
import { limits } from '../../kit/limits.ts';
import { endBody } from '../net/fetch.ts';
import type { Http } from '../net/http.ts';
import { signingErrors } from './errors.ts';

export interface ServiceDeps {
  readonly http: Http;
  readonly signal?: AbortSignal;
}

export interface ServiceAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly bytes: Uint8Array;
}

/** Asked again where it failed on the way: all that is asked here may be asked twice. */
export async function askService(
  { http, signal }: ServiceDeps,
  question: {
    readonly url: URL;
    readonly headers?: Readonly<Record<string, string>>;
    /** POST where there is one, else GET. */
    readonly body?: string | Uint8Array;
  },
): Promise<ServiceAnswer> {
  const { url, headers = {}, body } = question;
  const answer = await http.requestWithRetry({
    url,
    method: body === undefined ? 'GET' : 'POST',
    headers,
    ...(body === undefined ? {} : { body }),
    redirects: 'manual',
    limitBytes: limits.sigstoreAnswerBytes,
    timeoutMs: limits.sigstoreAnswerMs,
    ...(signal === undefined ? {} : { signal }),
  });
  if (answer.status >= 300 && answer.status < 400) {
    endBody(answer.body);
    throw signingErrors.service_failed(
      `${url.origin}${url.pathname} leads elsewhere: name the service itself`,
    );
  }
  const bytes = await collectBytes(answer.body, limits.sigstoreAnswerBytes, signingErrors.answer_invalid);
  return { status: answer.status, headers: answer.headers, bytes };
}

/** What a service said of its refusal, cut to what a person reads. */
export function refusalOf({ status, bytes }: ServiceAnswer): string {
  const text = Buffer.from(bytes.subarray(0, 300)).toString().replaceAll(/\s+/g, ' ').trim();
  return text === '' ? `it answered ${status}` : `it answered ${status}: ${text}`;
}
