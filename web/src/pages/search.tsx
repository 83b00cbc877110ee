// What matches: repositories by name, images by a package or a vulnerability in them.
// Without words it is the list of all repositories.
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import type { ImageHit, SearchResult } from '../../../src/entry/http/contract.ts';
import { homeQuery, repositoriesQuery, searchQuery } from '../api.ts';
import { EmptyState } from '../components/empty-state.tsx';
import { ImageRow } from '../components/image-row.tsx';
import { MoreRows } from '../components/more-rows.tsx';
import { Problem } from '../components/problem.tsx';
import { PushLines } from '../components/push-lines.tsx';
import { RepositoryRow } from '../components/repository-row.tsx';
import { Skeleton } from '../components/skeleton.tsx';
import { formatPlural } from '../format.ts';
import { usePageTitle } from '../page-title.ts';
import './search.css';

export function SearchPage({ q }: { q: string }) {
  usePageTitle(q === '' ? 'Repositories' : `“${q}”`);
  return q === '' ? <AllRepositories /> : <Results q={q} />;
}

function AllRepositories() {
  const { data, error, refetch, hasNextPage, isFetchingNextPage, fetchNextPage } = useInfiniteQuery(
    repositoriesQuery(''),
  );
  const { data: home } = useQuery(homeQuery());
  const rows = data?.pages.flatMap((page) => page.repositories) ?? [];
  return (
    <>
      <h1 className="search-title">Repositories</h1>
      {error && !data ? <Problem error={error} onRetry={refetch} /> : null}
      {!data && !error ? <Skeleton label="repositories" kind="image-rows" rows={8} /> : null}
      {data && rows.length === 0 ? (
        <EmptyState title="No repositories yet. The first push makes one:">
          {home ? <PushLines registryHost={home.registryHost} /> : null}
        </EmptyState>
      ) : null}
      <ul>
        {rows.map((row) => (
          <RepositoryRow key={row.name} repository={row} />
        ))}
      </ul>
      {rows.length > 0 ? (
        <MoreRows
          shown={rows.length}
          what={rows.length === 1 ? 'repository' : 'repositories'}
          hasMore={hasNextPage}
          isLoading={isFetchingNextPage}
          onMore={fetchNextPage}
        />
      ) : null}
    </>
  );
}

function Results({ q }: { q: string }) {
  const { data, error, refetch } = useQuery(searchQuery(q));
  return (
    <>
      <h1 className="search-title">Results for “{q}”</h1>
      {error ? <Problem error={error} onRetry={refetch} /> : null}
      {!data && !error ? <Skeleton label="results" kind="image-rows" rows={6} /> : null}
      {data && !error ? <Found q={q} result={data} /> : null}
    </>
  );
}

function Found({ q, result }: { q: string; result: SearchResult }) {
  const { repositories, packages, vulnerabilities } = result;
  if (repositories.length + packages.length + vulnerabilities.length === 0) {
    return (
      <EmptyState title={`Nothing here matches “${q}”.`}>
        <p className="quiet">
          Search takes a part of a repository’s name (<code>score-compose</code>), a package’s name (
          <code>libexpat1</code>), or a vulnerability’s id (<code>CVE-2024-45491</code>).
        </p>
      </EmptyState>
    );
  }
  return (
    <>
      <Section title="Repositories" count={repositories.length}>
        {repositories.map((row) => (
          <RepositoryRow key={row.name} repository={row} />
        ))}
      </Section>
      <Section title="Images with this package" count={packages.length}>
        {packages.map((hit) => (
          <ImageRow key={keyOf(hit)} image={hit.image} why={hit.why} />
        ))}
      </Section>
      <Section title="Images with this vulnerability" count={vulnerabilities.length}>
        {vulnerabilities.map((hit) => (
          <ImageRow key={keyOf(hit)} image={hit.image} why={hit.why} />
        ))}
      </Section>
    </>
  );
}

function Section({ title, count, children }: { title: string; count: number; children: ReactNode }) {
  if (count === 0) return null;
  return (
    <section className="search-section" aria-label={title}>
      <h2 className="section-title">
        {title} <span className="quiet small">{formatPlural(count, 'hit')}</span>
      </h2>
      <ul>{children}</ul>
    </section>
  );
}

function keyOf({ image, why }: ImageHit): string {
  return `${image.repository} ${image.tag} ${image.digest} ${why}`;
}
