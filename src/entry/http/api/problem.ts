// Failures of the API as problem details (RFC 9457). Kind and code decide the status; what is no coded
// failure is a defect, told without its reason and logged with it.
import { type ErrorKind, isPlimsollError, type PlimsollError } from '../../../kit/error.ts';
import type { Problem } from '../contract.ts';
import { retryAfterOf, statusOfError } from '../errors.ts';

const TITLES: Readonly<Record<ErrorKind, string>> = Object.freeze({
  invalid: 'The request cannot be read',
  unauthenticated: 'A login is needed',
  denied: 'Not allowed',
  missing: 'Not found',
  conflict: 'In conflict with what is there',
  limited: 'Over a limit',
  unsupported: 'Not supported',
  untrusted: 'Not to be trusted',
  unavailable: 'Not available now',
  bug: 'A defect of Plimsoll',
});

export function formatProblem(error: unknown, requestId: string): Problem {
  if (!isPlimsollError(error)) return defect(requestId);
  return { ...describe(error), requestId };
}

/** The answer; `www-authenticate` where a login would help (RFC 9110 §11.6.1). */
export function answerProblem(problem: Problem, allow?: string, error?: unknown): Response {
  const headers = new Headers({ 'content-type': 'application/problem+json', 'cache-control': 'no-store' });
  if (problem.status === 401) headers.set('www-authenticate', 'Basic realm="plimsoll", charset="UTF-8"');
  if (allow !== undefined) headers.set('allow', allow);
  const retryAfter = retryAfterOf(error);
  if (retryAfter !== undefined) headers.set('retry-after', String(retryAfter));
  return new Response(JSON.stringify(problem), { status: problem.status, headers });
}

function describe({ code, kind, message, hint }: PlimsollError): Omit<Problem, 'requestId'> {
  const status = statusOfError({ code, kind });
  return { type: `urn:plimsoll:error:${code}`, title: TITLES[kind], status, code, detail: message, hint };
}

function defect(requestId: string): Problem {
  return {
    type: 'urn:plimsoll:error:http.defect',
    title: TITLES.bug,
    status: 500,
    code: 'http.defect',
    detail: 'the server failed in a way that nobody foresaw',
    hint: 'Try again; if it repeats, report it with the request id, under which the log has the reason.',
    requestId,
  };
}
