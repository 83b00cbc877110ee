// Failures as the distribution specification spells them: JSON `errors[]` with its fourteen codes
// ("Error Codes"). The one place that maps our codes to them; the message is the error's own sentence.
import type { OutgoingHttpHeaders } from 'node:http';
import { ociErrors } from '../../../formats/oci/errors.ts';
import { blobErrors } from '../../../io/blobs/errors.ts';
import { type ErrorKind, PlimsollError } from '../../../kit/error.ts';
import type { Log } from '../../../kit/log.ts';
import { registryErrors } from '../../../services/registry/errors.ts';
import { httpErrors, retryAfterOf, statusOfError } from '../errors.ts';
import { answerJson, type Exchange } from '../exchange.ts';

export type OciCode =
  | 'BLOB_UNKNOWN'
  | 'BLOB_UPLOAD_INVALID'
  | 'BLOB_UPLOAD_UNKNOWN'
  | 'DIGEST_INVALID'
  | 'MANIFEST_BLOB_UNKNOWN'
  | 'MANIFEST_INVALID'
  | 'MANIFEST_UNKNOWN'
  | 'NAME_INVALID'
  | 'NAME_UNKNOWN'
  | 'SIZE_INVALID'
  | 'UNAUTHORIZED'
  | 'DENIED'
  | 'UNSUPPORTED'
  | 'TOOMANYREQUESTS'
  /** Only with 5xx, of which the specification says nothing; the reference registry's word. */
  | 'UNKNOWN';

/** Where a code of ours says more than its kind; a status only where the specification wants another one. */
const CODES: ReadonlyMap<string, { readonly code: OciCode; readonly status?: number }> = new Map(
  (
    [
      [ociErrors.digest_invalid, 'DIGEST_INVALID'],
      [ociErrors.manifest_invalid, 'MANIFEST_INVALID'],
      [ociErrors.manifest_unsupported, 'MANIFEST_INVALID', 400],
      [ociErrors.repository_name_invalid, 'NAME_INVALID'],
      [ociErrors.tag_invalid, 'MANIFEST_INVALID'],
      [registryErrors.name_unknown, 'NAME_UNKNOWN'],
      [registryErrors.blob_unknown, 'BLOB_UNKNOWN'],
      [registryErrors.blob_too_large, 'SIZE_INVALID'],
      // Not 507: docker shows the sentence of a 4xx alone, and sends again and again what was refused with 5xx.
      [registryErrors.storage_full, 'DENIED', 403],
      [registryErrors.digest_invalid, 'DIGEST_INVALID'],
      [registryErrors.manifest_unknown, 'MANIFEST_UNKNOWN'],
      [registryErrors.manifest_invalid, 'MANIFEST_INVALID'],
      [registryErrors.manifest_unsupported, 'MANIFEST_INVALID'],
      [registryErrors.manifest_blob_unknown, 'MANIFEST_BLOB_UNKNOWN'],
      [registryErrors.manifest_too_large, 'SIZE_INVALID'],
      [registryErrors.upload_unknown, 'BLOB_UPLOAD_UNKNOWN'],
      [registryErrors.upload_busy, 'BLOB_UPLOAD_INVALID'],
      [registryErrors.range_invalid, 'BLOB_UPLOAD_INVALID', 416],
      [registryErrors.size_invalid, 'SIZE_INVALID'],
      // The stores' own, where a request races with another's end.
      [blobErrors.missing, 'BLOB_UNKNOWN'],
      [blobErrors.upload_missing, 'BLOB_UPLOAD_UNKNOWN'],
      [blobErrors.upload_offset, 'BLOB_UPLOAD_INVALID', 416],
      [httpErrors.length_wrong, 'SIZE_INVALID'],
      [httpErrors.range_unsatisfiable, 'BLOB_UPLOAD_INVALID', 416],
      [httpErrors.body_too_large, 'SIZE_INVALID'],
      [httpErrors.tags_too_many, 'UNSUPPORTED', 414],
      [httpErrors.not_acceptable, 'MANIFEST_UNKNOWN'],
      [httpErrors.method_not_allowed, 'UNSUPPORTED'],
    ] as const
  ).map(([factory, code, status]) => [factory.code, status === undefined ? { code } : { code, status }]),
);

const CODE_OF_KIND: Readonly<Record<ErrorKind, OciCode>> = Object.freeze({
  invalid: 'UNSUPPORTED',
  unauthenticated: 'UNAUTHORIZED',
  denied: 'DENIED',
  missing: 'NAME_UNKNOWN',
  conflict: 'DENIED',
  limited: 'TOOMANYREQUESTS',
  unsupported: 'UNSUPPORTED',
  untrusted: 'DENIED',
  unavailable: 'UNKNOWN',
  bug: 'UNKNOWN',
});

/** Seconds after which a refused client may try again; what frees itself at once; what does not says so itself. */
const RETRY_AFTER: Readonly<Record<number, number>> = Object.freeze({ 429: 1, 503: 5 });

/** Status and code of a coded failure. */
function ociErrorOf(error: PlimsollError): { readonly status: number; readonly code: OciCode } {
  const row = CODES.get(error.code);
  return {
    status: row?.status ?? statusOfError(error),
    code: row?.code ?? CODE_OF_KIND[error.kind],
  };
}

/** Ends a failed exchange: the coded answer, a 500 with a number to look up, or the connection's end. */
export function answerError(
  exchange: Exchange,
  error: unknown,
  { log, requestId }: { log: Log; requestId: () => string },
  more: { readonly [key: string]: string } = {},
): void {
  const { request, response } = exchange;
  if (isClientGone(exchange, error)) {
    log.debug('the client ended the request', { method: request.method, url: request.url });
    response.destroy();
    return;
  }
  const known = error instanceof PlimsollError && error.kind !== 'bug' ? error : undefined;
  const id = known === undefined || response.headersSent ? requestId() : '';
  if (id !== '')
    log.error('a request failed', { requestId: id, method: request.method, url: request.url, error });
  if (response.headersSent || response.destroyed) {
    // The status is out already: only a cut connection tells the client that the rest will not come.
    response.destroy();
    return;
  }
  const { status, code } = known === undefined ? { status: 500, code: 'UNKNOWN' } : ociErrorOf(known);
  const message = known?.message ?? `an internal error; the log has it under request ${id}`;
  const retryAfter = retryAfterOf(error) ?? RETRY_AFTER[status];
  const headers: OutgoingHttpHeaders = retryAfter === undefined ? {} : { 'Retry-After': retryAfter };
  const detail = known === undefined ? {} : { detail: { code: known.code, hint: known.hint } };
  answerJson(exchange, status, { errors: [{ code, message, ...detail }], ...more }, headers);
}

/** The connection is down, and the error is no more than its echo; a failing disk is told apart. */
function isClientGone({ request, response }: Exchange, error: unknown): boolean {
  const isDown = response.destroyed || request.socket.destroyed || (request.destroyed && !request.complete);
  if (!isDown) return false;
  return (
    error instanceof PlimsollError || ECHOES.has((error as NodeJS.ErrnoException | undefined)?.code ?? '')
  );
}

const ECHOES: ReadonlySet<string> = new Set([
  'ECONNRESET',
  // A write under way when its connection was ended for standing still.
  'ECANCELED',
  'EPIPE',
  'ERR_STREAM_PREMATURE_CLOSE',
  'ERR_STREAM_DESTROYED',
  'ERR_STREAM_UNABLE_TO_PIPE',
  'ABORT_ERR',
]);
