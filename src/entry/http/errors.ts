// How failures look on HTTP: the kind decides the status, but for the few codes that have one of their own. Also the
// codes of the HTTP entry itself.
import { authorityErrors } from '../../engines/authority/errors.ts';
import { defineErrors, type ErrorKind } from '../../kit/error.ts';
import { registryErrors } from '../../services/registry/errors.ts';

export const httpErrors = defineErrors('http', {
  address_unusable: {
    kind: 'unavailable',
    meaning: 'The server cannot listen on its address.',
    hint: 'Choose another with --listen HOST:PORT or PLIMSOLL_LISTEN, or end the program that holds it.',
  },
  route_unknown: {
    kind: 'missing',
    meaning: 'There is nothing at this address.',
    hint: 'Compare the address with the HTTP reference.',
  },
  method_not_allowed: {
    kind: 'unsupported',
    meaning: 'The address does not know this method.',
    hint: 'The Allow header names the methods that work.',
  },
  query_invalid: {
    kind: 'invalid',
    meaning: 'A parameter of the query, a form or a header cannot be read.',
    hint: 'The message names the parameter and what would be right.',
  },
  body_invalid: {
    kind: 'invalid',
    meaning: 'The body of a request to the API is not JSON, or not of the shape that the address takes.',
    hint: 'The message names the member; the API’s document has the shape.',
  },
  length_wrong: {
    kind: 'invalid',
    meaning: 'Content-Length and Content-Range of an upload disagree.',
    hint: 'Send as many bytes as the range says, both ends included.',
  },
  range_unsatisfiable: {
    kind: 'invalid',
    meaning: 'A requested or sent byte range does not fit.',
    hint: 'For an upload ask for its status and go on from there; for a blob stay within its size.',
  },
  body_too_large: {
    kind: 'limited',
    meaning: 'A request’s body is larger than its limit.',
    hint: 'See the limits page for the number and its reason.',
  },
  not_acceptable: {
    kind: 'missing',
    meaning: 'The manifest has a media type that the client’s Accept header does not name.',
    hint: 'Use a client that knows OCI and Docker schema 2 images and indexes; nothing is converted.',
  },
  part_unknown: {
    kind: 'unauthenticated',
    meaning: 'A certificate that was shown to the listener of parts is none of a part.',
    hint: 'Join with an invitation of `plimsoll part invite`, and show what you were given.',
  },
  tags_too_many: {
    kind: 'limited',
    meaning: 'A manifest was pushed with more tags in one request than are taken.',
    hint: 'Push the remaining tags in a second request.',
  },
});

/** The HTTP status of a coded failure, on every wire that asks for no other. */
export function statusOfError({ code, kind }: { readonly code: string; readonly kind: ErrorKind }): number {
  return OWN_STATUS.get(code) ?? STATUS[kind];
}

/** What is too large stays so: 413 and not 429, after which clients try again. */
const OWN_STATUS: ReadonlyMap<string, number> = new Map([
  [httpErrors.method_not_allowed.code, 405],
  [httpErrors.body_too_large.code, 413],
  [authorityErrors.entry_too_large.code, 413],
  [registryErrors.blob_too_large.code, 413],
  [registryErrors.manifest_too_large.code, 413],
]);

const STATUS: Readonly<Record<ErrorKind, number>> = Object.freeze({
  invalid: 400,
  unauthenticated: 401,
  denied: 403,
  missing: 404,
  conflict: 409,
  limited: 429,
  unsupported: 415,
  untrusted: 422,
  unavailable: 503,
  bug: 500,
});

/** Seconds that a failure asks to wait, where it says so. */
export function retryAfterOf(error: unknown): number | undefined {
  const cause = error instanceof Error ? error.cause : undefined;
  const seconds = (cause as { retryAfterSeconds?: unknown } | undefined)?.retryAfterSeconds;
  return typeof seconds === 'number' ? seconds : undefined;
}
