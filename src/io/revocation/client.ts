// Fetches what authorities say of revoked certificates: OCSP by POST (RFC 6960 Appendix A) and lists by GET (RFC 5280
// §4.2.1.13). Only bytes: whether they are believed is judged by who asked. Each place is asked once in a run. No
// address is followed elsewhere: it was named by a certificate, and a plain answer can be changed on the way.
import { collectBytes } from '../../kit/bytes.ts';
import { limits } from '../../kit/limits.ts';
import { netErrors } from '../net/errors.ts';
import { endBody } from '../net/fetch.ts';
import type { Http, HttpRequest } from '../net/http.ts';
import { revocationErrors } from './errors.ts';

export interface RevocationDeps {
  /** One that takes plain http: what comes is signed itself, and authorities name no other addresses. */
  readonly http: Http;
  readonly signal: AbortSignal;
}

export interface RevocationClient {
  /** `revocation.unanswered` and the codes of `net`. */
  askOcsp(url: string, request: Uint8Array): Promise<Uint8Array>;
  fetchList(url: string): Promise<Uint8Array>;
}

/** Nothing is sent before the first question. */
export function createRevocationClient(deps: RevocationDeps): RevocationClient {
  const asked = new Map<string, Promise<Uint8Array>>();
  const once = (name: string, ask: () => Promise<Uint8Array>): Promise<Uint8Array> => {
    const found = asked.get(name) ?? ask();
    asked.set(name, found);
    return found;
  };
  return {
    askOcsp: (url, body) =>
      once(`${url} ${Buffer.from(body).toString('hex')}`, () =>
        ask(deps, {
          url,
          method: 'POST',
          headers: { accept: 'application/ocsp-response', 'content-type': 'application/ocsp-request' },
          body,
          limitBytes: limits.ocspAnswerBytes,
          timeoutMs: limits.ocspAnswerMs,
        }),
      ),
    fetchList: (url) =>
      once(url, () =>
        ask(deps, {
          url,
          headers: { accept: 'application/pkix-crl, */*;q=0.5' },
          limitBytes: limits.crlBytes,
          timeoutMs: limits.crlAnswerMs,
        }),
      ),
  };
}

interface Question extends HttpRequest {
  readonly url: string;
  readonly limitBytes: number;
  readonly timeoutMs: number;
}

/** The bytes of a 200, whole within the time. */
async function ask({ http, signal }: RevocationDeps, question: Question): Promise<Uint8Array> {
  const { url, limitBytes, timeoutMs } = question;
  const late = AbortSignal.timeout(timeoutMs);
  try {
    const answer = await http.request({
      ...question,
      redirects: 'manual',
      signal: AbortSignal.any([signal, late]),
    });
    if (answer.status !== 200) {
      endBody(answer.body);
      throw revocationErrors.unanswered(`${url} answered ${answer.status}`);
    }
    return await collectBytes(answer.body, limitBytes, netErrors.answer_too_large);
  } catch (cause) {
    if (!late.aborted || signal.aborted) throw cause;
    throw revocationErrors.unanswered(`${url} did not answer within ${timeoutMs} ms`, { cause });
  }
}
