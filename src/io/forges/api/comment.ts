// Comments out of a forge's answers: ids and addresses are checked, pages are walked within a bound.
// The next page's address is never taken from the answer, only whether there is one: a proxy that does not know
// its own name must not lead the token elsewhere.
import { isJsonObject, type Json, type JsonObject } from '../../../kit/json.ts';
import { limits } from '../../../kit/limits.ts';
import { forgeErrors } from '../errors.ts';
import type { ForgeApi } from './call.ts';

/** One comment as GitHub, GitLab and Forgejo alike have it. */
export interface RawComment {
  readonly id: number;
  readonly body: string;
  /** Undefined where the account is gone. */
  readonly authorId: number | undefined;
  /** Where the forge says that it is; GitLab does not say. */
  readonly url: string | undefined;
}

/** The comment, or `forges.answer_invalid`; `author` is the member that holds its writer. */
export function parseComment(value: Json | undefined, author: 'user' | 'author', what: string): RawComment {
  if (!isJsonObject(value) || typeof value.body !== 'string' || !isId(value.id))
    throw forgeErrors.answer_invalid(`${what}: the answer is not a comment with an id and a body`);
  const writer = value[author];
  return {
    id: value.id,
    body: value.body,
    authorId: parseAccountId(writer),
    url: value.html_url === undefined ? undefined : checkWebUrl(value.html_url, what),
  };
}

/** The account's number; system accounts of Forgejo are below zero. */
export function parseAccountId(account: Json | undefined): number | undefined {
  return isJsonObject(account) && Number.isSafeInteger(account.id) ? (account.id as number) : undefined;
}

/** The account that the token acts as, from the answer or its member; `forges.answer_invalid`. */
export async function readAccountId(api: ForgeApi, path: string, member?: string): Promise<number> {
  const what = 'account of the token';
  const { value } = await api.send({ path, what, isRepeatable: true });
  const id = parseAccountId(member !== undefined && isJsonObject(value) ? value[member] : value);
  if (id !== undefined) return id;
  throw forgeErrors.answer_invalid(`${what}: ${api.apiUrl.host} does not say who it is`);
}

/** A web address in its normal spelling, or `forges.answer_invalid`. */
export function checkWebUrl(value: Json | undefined, what: string): string {
  const url = typeof value === 'string' ? URL.parse(value) : null;
  if (url !== null && (url.protocol === 'https:' || url.protocol === 'http:')) return url.href;
  throw forgeErrors.answer_invalid(`${what}: the answer names no web address`);
}

/**
 * The items of all pages, each once; `pathOf` is told the page's number from 1. Ends where no more are told of or
 * where a page brings nothing new: Forgejo has no pages here and answers each time with all.
 */
export async function* listItems(
  api: ForgeApi,
  pathOf: (page: number) => string,
  what: string,
): AsyncGenerator<JsonObject> {
  const seen = new Set<number>();
  for (let page = 1; page <= limits.forgePages; page += 1) {
    const { value, headers } = await api.send({ path: pathOf(page), what, isRepeatable: true });
    if (!Array.isArray(value)) throw forgeErrors.answer_invalid(`${what}: the answer is not a list`);
    const before = seen.size;
    for (const item of value) {
      if (!isJsonObject(item) || !isId(item.id))
        throw forgeErrors.answer_invalid(`${what}: an item of the list has no id`);
      if (seen.has(item.id)) continue;
      seen.add(item.id);
      yield item;
    }
    if (seen.size === before || !tellsOfMore(headers, seen.size)) return;
  }
  throw forgeErrors.answer_invalid(`${what}: the list does not end after ${limits.forgePages} pages`);
}

/** GitHub's Link, GitLab's X-Next-Page, Forgejo's X-Total-Count. */
function tellsOfMore(headers: Readonly<Record<string, string>>, seen: number): boolean {
  const link = (headers.link ?? '').slice(0, LONGEST_LINK);
  const total = headers['x-total-count'] ?? '';
  return (
    /;\s*rel\s*=\s*"?next"?\s*(?:[;,]|$)/i.test(link) ||
    /^\d+$/.test(headers['x-next-page'] ?? '') ||
    (/^\d{1,15}$/.test(total) && Number(total) > seen)
  );
}

function isId(value: Json | undefined): value is number {
  return Number.isSafeInteger(value) && (value as number) > 0;
}

/** Four addresses of a few hundred characters. */
const LONGEST_LINK = 8_192;
