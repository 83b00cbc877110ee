// Pulls of a repository, for whoever may see it.
import { formatInstant } from '../../../kit/clock.ts';
import type { Catalogue } from '../../../services/hub/catalogue.ts';
import type { PullStatistics } from '../../../services/registry/pull-statistics.ts';
import { pullQuery, pullSeries } from '../contract-pull.ts';
import { findRepository } from './repositories.ts';
import { type ApiRoute, jsonRoute } from './route.ts';
import { shapePulls } from './shape.ts';

export interface PullRouteParts {
  readonly catalogue: Catalogue;
  readonly pullStatistics: PullStatistics;
}

export function createPullRoutes({ catalogue, pullStatistics }: PullRouteParts): readonly ApiRoute[] {
  return [
    jsonRoute({
      method: 'get',
      path: '/api/v1/repositories/{name}/-/pulls',
      summary:
        'How often a repository, or one tag or digest of it, was pulled: sums, and each of the last days',
      query: pullQuery,
      answer: pullSeries,
      errors: [400, 404],
      async handle({ viewer, params, query }) {
        const { id, name } = await findRepository(catalogue, viewer, params);
        const { days, ...sums } = await pullStatistics.list(id, query.days, query.reference);
        return {
          repository: name,
          ...(query.reference === undefined ? {} : { reference: query.reference }),
          ...shapePulls(sums),
          days: days.map(({ dayAt, pulls }) => ({ day: formatInstant(dayAt).slice(0, 10), pulls })),
        };
      },
    }),
  ];
}
