// end-8: the tags of a repository, in ASCII order, in pages.
import { limits } from '../../../kit/limits.ts';
import type { Tags } from '../../../services/registry/tags.ts';
import { answerJson } from '../exchange.ts';
import type { Guard } from '../guard.ts';
import type { Methods } from './methods.ts';
import { formatNextLink, parsePage } from './paging.ts';

export function createTagMethods(parts: { guard: Guard; tags: Tags }): Methods<{ name: string }> {
  const { guard, tags } = parts;
  return {
    async GET(exchange, { name }) {
      const page = parsePage(exchange.query);
      const grant = await guard.authorize(exchange, 'pull', name);
      const limit = Math.min(page.count ?? limits.tagsPage, limits.tagsPage);
      // One more than wanted tells whether there is a next page.
      const found = await tags.list(grant, {
        limit: limit + 1,
        ...(page.after === undefined ? {} : { after: page.after }),
      });
      const shown = found.slice(0, limit);
      const last = shown.at(-1);
      const isMore = found.length > limit && last !== undefined;
      const link = isMore ? { Link: formatNextLink(`/v2/${name}/tags/list`, { n: limit, last }) } : {};
      answerJson(exchange, 200, { name, tags: shown }, link);
    },
  };
}
