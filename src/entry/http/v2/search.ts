// `GET /v1/search?q=&n=`, what `docker search HOST/TERM` and `podman search HOST/TERM` ask (Docker's first registry
// API, of which nothing else is served; moby daemon/internal/search). Repositories of which the name holds the term,
// as somebody who is logged in or as anybody; named without the host, which the client writes itself. docker asks
// `/v1/_ping` before, to learn whether it may send its login along.
import { limits } from '../../../kit/limits.ts';
import { ownRepositories } from '../../../services/hub/access.ts';
import type { Repositories } from '../../../services/registry/repositories.ts';
import { httpErrors } from '../errors.ts';
import { answerJson } from '../exchange.ts';
import type { Guard } from '../guard.ts';
import { viewerOf } from './catalog.ts';
import type { Methods } from './methods.ts';

/** Docker's own. */
const RESULTS = Object.freeze({ usual: 25, most: 100 });

export function createSearchMethods(parts: { guard: Guard; repositories: Repositories }): Methods<unknown> {
  const { guard, repositories } = parts;
  return {
    async GET(exchange) {
      const { query } = exchange;
      const limit = readCount(query.get('n'));
      const wanted = query.get('q') ?? '';
      const { principal } = await guard.identify(exchange);
      const part = wanted.trim().toLowerCase().slice(0, limits.repositoryNameChars);
      const found = await repositories.list(viewerOf(principal), { limit: limit + SPARE, part });
      // The product's own hold no images.
      const names = found.filter((name) => !name.startsWith(ownRepositories)).slice(0, limit);
      const results = names.map((name) => ({
        name,
        description: '',
        star_count: 0,
        is_official: false,
        is_automated: false,
      }));
      answerJson(exchange, 200, { query: wanted, num_results: results.length, results });
    },
  };
}

/** So many are the product's own at most. */
const SPARE = 4;

export function createSearchPingMethods(): Methods<unknown> {
  return {
    async GET(exchange) {
      answerJson(exchange, 200, true, { 'X-Docker-Registry-Standalone': 'true' });
    },
  };
}

/** `http.query_invalid` where it is no number; more than Docker allows is as many as it allows. */
function readCount(text: string | null): number {
  if (text === null || text === '') return RESULTS.usual;
  if (!/^\d{1,9}$/.test(text) || Number(text) === 0)
    throw httpErrors.query_invalid(
      `n is "${text.slice(0, 20)}", but must be a number from 1 to ${RESULTS.most}`,
    );
  return Math.min(Number(text), RESULTS.most);
}
