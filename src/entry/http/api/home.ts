// The home page at once: newest images, sums, how old the advisories are. And search.
import { listFeedStatus } from '../../../engines/advisory/status.ts';
import type { AdvisoryShelf } from '../../../io/advisories/store.ts';
import type { Database } from '../../../io/db/database.ts';
import type { Clock } from '../../../kit/clock.ts';
import { isRefreshing } from '../../../services/hub/advisory-watch.ts';
import type { Catalogue } from '../../../services/hub/catalogue.ts';
import type { Search } from '../../../services/hub/search.ts';
import * as contract from '../contract.ts';
import { type ApiRoute, jsonRoute } from './route.ts';
import { shapeAdvisories, shapeImageRow, shapeRepositoryRow } from './shape.ts';

/** What the home page shows without scrolling twice. */
const NEWEST = 12;

export interface HomeParts {
  readonly version: string;
  readonly catalogue: Catalogue;
  readonly search: Search;
  readonly shelf: AdvisoryShelf;
  readonly database: Database;
  readonly clock: Clock;
}

export function createHomeRoutes(parts: HomeParts): readonly ApiRoute[] {
  return [
    jsonRoute({
      method: 'get',
      path: '/api/v1/home',
      summary: 'The newest images, sums, and the state of the advisories',
      answer: contract.home,
      errors: [],
      async handle({ viewer, registryHost }) {
        return {
          version: parts.version,
          registryHost,
          newest: (await parts.catalogue.newestImages(viewer, NEWEST)).map(shapeImageRow),
          totals: await parts.catalogue.totals(viewer),
          advisories: await readAdvisories(parts),
        };
      },
    }),
    jsonRoute({
      method: 'get',
      path: '/api/v1/search',
      summary: 'Repositories by name; images by a package or a vulnerability in them',
      query: contract.searchQuery,
      answer: contract.searchResult,
      errors: [400],
      async handle({ viewer, query }) {
        const { repositories, packages, vulnerabilities } = await parts.search.find(viewer, query.q);
        const shapeHit = ({ image, why }: (typeof packages)[number]) => ({
          image: shapeImageRow(image),
          why,
        });
        return {
          repositories: repositories.map(shapeRepositoryRow),
          packages: packages.map(shapeHit),
          vulnerabilities: vulnerabilities.map(shapeHit),
        };
      },
    }),
  ];
}

export async function readAdvisories(
  parts: Pick<HomeParts, 'shelf' | 'database' | 'clock'>,
): Promise<contract.AdvisoriesStatus> {
  await using store = await parts.shelf.open();
  const feeds = listFeedStatus(store, parts.clock.now());
  return shapeAdvisories(feeds, await isRefreshing(parts.database.query));
}
