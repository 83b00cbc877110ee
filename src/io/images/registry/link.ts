// The Link header of paged lists (RFC 8288; distribution-spec, "Listing Tags" and "Listing Referrers").
// A next page on another origin is refused: it would be asked with this registry's rights in mind.
import { imageErrors } from '../errors.ts';

/** The address of the next page, or undefined at the last; `images.address_refused` for another origin. */
export function parseNextLink(header: string | undefined, page: URL): URL | undefined {
  for (const part of (header ?? '').slice(0, LONGEST).split(',')) {
    const open = part.indexOf('<');
    const close = part.indexOf('>', open);
    if (open < 0 || close < 0) continue;
    const isNext = part
      .slice(close + 1)
      .split(';')
      .some((parameter) => /^\s*rel\s*=\s*"?next"?\s*$/i.test(parameter));
    if (!isNext) continue;
    const target = part.slice(open + 1, close);
    const next = URL.parse(target, page);
    if (next === null || next.origin !== page.origin)
      throw imageErrors.address_refused(`${page.host} names "${target.slice(0, 200)}" as its next page`);
    return next;
  }
  return undefined;
}

/** Longest header that is looked at; `last` holds one tag or digest. */
const LONGEST = 8_192;
