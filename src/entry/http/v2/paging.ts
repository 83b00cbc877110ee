// Lists in pages: `n`, `last`, and the Link to what follows (distribution-spec "Listing Tags"; RFC 8288).
import { httpErrors } from '../errors.ts';

export interface Page {
  /** At most this many; undefined where the client did not say. */
  readonly count: number | undefined;
  /** Names after this one. */
  readonly after: string | undefined;
}

/** `http.query_invalid` where `n` is not a whole number. */
export function parsePage(query: URLSearchParams): Page {
  const n = query.get('n');
  if (n !== null && !/^\d{1,9}$/.test(n))
    throw httpErrors.query_invalid(`n is "${n.slice(0, 20)}", but must be a whole number`);
  const last = query.get('last');
  return {
    count: n === null ? undefined : Number(n),
    after: last === null || last === '' ? undefined : last,
  };
}

/** The Link header to the next page. */
export function formatNextLink(path: string, query: Readonly<Record<string, string | number>>): string {
  const text = new URLSearchParams(Object.entries(query).map(([key, value]) => [key, String(value)]));
  return `<${path}?${text}>; rel="next"`;
}
