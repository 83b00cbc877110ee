// A registry's refusal as a coded error: the status decides the code, the registry's own words
// (distribution-spec "Error Codes", and what token servers say) are kept within bounds.
import { collectBytes, decodeUtf8 } from '../../../kit/bytes.ts';
import type { ErrorFactory, PlimsollError } from '../../../kit/error.ts';
import { isJsonObject, parseJson } from '../../../kit/json.ts';
import { endBody } from '../../net/fetch.ts';
import type { HttpAnswer } from '../../net/http.ts';
import { imageErrors } from '../errors.ts';
import { printable } from '../printable.ts';

/** Reads the rest of the answer and says what it means for `what`, e.g. `manifest latest of library/debian`. */
export async function registryFailure(answer: HttpAnswer, what: string): Promise<PlimsollError> {
  const { words, isRevoked } = await readWords(answer);
  const said = words === '' ? '' : `: ${words}`;
  const wait = answer.headers['retry-after'];
  const pause = answer.status === 429 && wait !== undefined ? ` (retry after ${printable(wait, 40)})` : '';
  const factory = answer.status === 403 && isRevoked ? imageErrors.revoked : factoryFor(answer.status);
  return factory(`${what}: ${answer.url.host} answers ${answer.status}${pause}${said}`);
}

function factoryFor(status: number): ErrorFactory {
  switch (status) {
    case 401:
      return imageErrors.unauthenticated;
    case 403:
      return imageErrors.denied;
    case 404:
      return imageErrors.missing;
    case 429:
      return imageErrors.limited;
    default:
      return status >= 400 && status < 500 && status !== 408
        ? imageErrors.registry_refused
        : imageErrors.registry_failed;
  }
}

interface Words {
  readonly words: string;
  /** A Plimsoll's code in an error's detail: the image was revoked. */
  readonly isRevoked: boolean;
}

async function readWords(answer: HttpAnswer): Promise<Words> {
  const only = (words: string): Words => ({ words, isRevoked: false });
  let bytes: Uint8Array;
  try {
    bytes = await collectBytes(answer.body, LONGEST_BODY, imageErrors.registry_failed);
  } catch {
    // The status alone has to do.
    endBody(answer.body);
    return only('');
  }
  const text = decodeUtf8(bytes) ?? '';
  const value = parseJson(text);
  if (!isJsonObject(value))
    return only((answer.headers['content-type'] ?? '').startsWith('text/plain') ? printable(text, 200) : '');
  if (Array.isArray(value.errors)) {
    const errors = value.errors.slice(0, 3);
    const words = printable(errors.map(errorWords).filter(Boolean).join('; '), 500);
    return { words, isRevoked: errors.some(saysRevoked) };
  }
  const single = value.error_description ?? value.details ?? value.detail ?? value.message ?? value.error;
  return only(typeof single === 'string' ? printable(single, 300) : '');
}

function saysRevoked(error: unknown): boolean {
  return isJsonObject(error) && isJsonObject(error.detail) && error.detail.code === REVOKED;
}

function errorWords(error: unknown): string {
  if (!isJsonObject(error)) return '';
  const parts = [error.code, error.message].filter((part) => typeof part === 'string' && part !== '');
  const { detail } = error;
  // A detail that is an object is for programs; where there is nothing else, it is better than nothing.
  if (typeof detail === 'string' && detail !== '') parts.push(`(${printable(detail, 200)})`);
  else if (parts.length < 2 && detail !== undefined && detail !== null)
    parts.push(`(${printable(JSON.stringify(detail), 200)})`);
  return parts.join(' ');
}

/** services/trust/errors.ts, as it travels. */
const REVOKED = 'trust.revoked';
/** An error answer is a few hundred bytes; a proxy's HTML page some kB. */
const LONGEST_BODY = 64 * 1024;
