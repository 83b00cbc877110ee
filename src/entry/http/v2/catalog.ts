// `GET /v2/_catalog` of Docker's registry: the repositories that the sender may see, in pages: the
// public ones, and with a login those they may pull. Not part of the distribution specification, but what `regctl`,
// `crane` and mirrors ask.
import { limits } from '../../../kit/limits.ts';
import type { Principal } from '../../../services/hub/access.ts';
import { isCovered } from '../../../services/hub/scope.ts';
import type { Repositories } from '../../../services/registry/repositories.ts';
import { answerJson } from '../exchange.ts';
import type { Guard } from '../guard.ts';
import type { Methods } from './methods.ts';
import { formatNextLink, parsePage } from './paging.ts';

export function createCatalogMethods(parts: { guard: Guard; repositories: Repositories }): Methods<unknown> {
  const { guard, repositories } = parts;
  return {
    async GET(exchange) {
      const page = parsePage(exchange.query);
      const limit = Math.min(page.count ?? limits.tagsPage, limits.tagsPage);
      const { principal } = await guard.identify(exchange);
      const found = await repositories.list(viewerOf(principal), {
        limit: limit + 1,
        ...(page.after === undefined ? {} : { after: page.after }),
      });
      const shown = found.slice(0, limit);
      const last = shown.at(-1);
      const isMore = found.length > limit && last !== undefined;
      const link = isMore ? { Link: formatNextLink('/v2/_catalog', { n: limit, last }) } : {};
      answerJson(exchange, 200, { repositories: shown }, link);
    },
  };
}

/** A token for the catalog shows what its owner may see; one for some repositories alone, what anybody may. */
export function viewerOf(principal: Principal): Principal {
  if (principal.kind === 'anonymous' || principal.scopes === undefined) return principal;
  const { scopes, ...unscoped } = principal;
  return isCovered(scopes, 'registry', 'catalog', '*') ? unscoped : principal;
}
