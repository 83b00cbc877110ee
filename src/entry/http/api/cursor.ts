// Where a page ended, as text that clients hand back unread.
import type { Place } from '../../../services/hub/catalogue.ts';
import { httpErrors } from '../errors.ts';

export function formatCursor({ at, name }: Place): string {
  return Buffer.from(JSON.stringify([at, name])).toString('base64url');
}

/** The place, or `http.query_invalid`; undefined for the first page. */
export function parseCursor(text: string | undefined): Place | undefined {
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
    const [at, name] = Array.isArray(value) ? value : [];
    if (Number.isSafeInteger(at) && typeof name === 'string') return { at, name };
  } catch {
    // Falls through to the one answer for every text that is no cursor.
  }
  throw httpErrors.query_invalid('the cursor is not one that this server gave');
}
