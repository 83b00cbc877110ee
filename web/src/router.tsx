// Page addresses: /, /search, /compare, and everything about a repository or an image below /r/.
// Whatever can be chosen on a page stands in its query string, as plain text.
import { createRootRoute, createRoute, createRouter } from '@tanstack/react-router';
import { Layout } from './layout.tsx';
import { COMPARE_QUERY, type CompareQuery, PAGE_QUERY, type PageQuery, parsePagePath } from './page-path.ts';
import { ComparePage } from './pages/compare.tsx';
import { HomePage } from './pages/home.tsx';
import { ImagePage } from './pages/image.tsx';
import { MissingPage } from './pages/missing.tsx';
import { RepositoryPage } from './pages/repository.tsx';
import { SearchPage } from './pages/search.tsx';
import { formatQueryString, parseQueryString } from './query-string.ts';

const root = createRootRoute({ component: Layout, notFoundComponent: MissingPage });

const home = createRoute({ getParentRoute: () => root, path: '/', component: HomePage });

const search = createRoute({
  getParentRoute: () => root,
  path: '/search',
  validateSearch: (query: Record<string, unknown>): { q?: string } => pick(query, ['q']),
  component: function Search() {
    return <SearchPage q={search.useSearch().q ?? ''} />;
  },
});

const compare = createRoute({
  getParentRoute: () => root,
  path: '/compare',
  validateSearch: (query: Record<string, unknown>): CompareQuery => pick(query, COMPARE_QUERY),
  component: function Compare() {
    const query = compare.useSearch();
    return <ComparePage key={`${query.before} ${query.after}`} query={query} />;
  },
});

const thing = createRoute({
  getParentRoute: () => root,
  path: '/r/$',
  validateSearch: (query: Record<string, unknown>): PageQuery => pick(query, PAGE_QUERY),
  component: function Thing() {
    const path = parsePagePath(thing.useParams()._splat ?? '');
    const query = thing.useSearch();
    if (path.kind === 'repository')
      return <RepositoryPage key={path.repository} name={path.repository} query={query} />;
    if (path.kind === 'none') return <MissingPage />;
    return <ImagePage key={`${path.repository} ${path.reference}`} path={path} query={query} />;
  },
});

export function createAppRouter() {
  return createRouter({
    routeTree: root.addChildren([home, search, compare, thing]),
    parseSearch: parseQueryString,
    stringifySearch: formatQueryString,
    pathParamsAllowedCharacters: [':', '@'],
    scrollRestoration: true,
  });
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof createAppRouter>;
  }
}

function pick<Name extends string>(
  query: Record<string, unknown>,
  names: readonly Name[],
): { [N in Name]?: string } {
  const pairs = names.flatMap((name) =>
    typeof query[name] === 'string' && query[name] !== '' ? [[name, query[name]]] : [],
  );
  return Object.fromEntries(pairs);
}
