// The home: what this place holds and how well it is covered, the newest images, how to push one.
import { useQuery } from '@tanstack/react-query';
import type { Home } from '../../../src/entry/http/contract.ts';
import { homeQuery } from '../api.ts';
import { AdvisoriesCard } from '../components/advisories-card.tsx';
import { EmptyState } from '../components/empty-state.tsx';
import { ImageRow } from '../components/image-row.tsx';
import { KeysCard } from '../components/keys-card.tsx';
import { Problem } from '../components/problem.tsx';
import { PushLines } from '../components/push-lines.tsx';
import { useNow } from '../components/relative-time.tsx';
import { Skeleton } from '../components/skeleton.tsx';
import { formatAge, formatPlural, formatShare } from '../format.ts';
import { usePageTitle } from '../page-title.ts';
import './home.css';

export function HomePage() {
  usePageTitle(undefined);
  const { data, error, refetch } = useQuery(homeQuery());
  return (
    <>
      <div className="home-head">
        <h1>
          Images you can load
          <br />
          without a second thought
        </h1>
        <p className="lead">{data ? <Lead home={data} /> : ' '}</p>
      </div>
      {error && !data ? <Problem error={error} onRetry={refetch} /> : null}
      {!error || data ? (
        <div className="columns home-columns">
          <section aria-labelledby="newest">
            <h2 id="newest" className="section-title">
              Newest
            </h2>
            {data ? (
              <Newest home={data} />
            ) : (
              <Skeleton label="the newest images" kind="image-rows" rows={5} />
            )}
          </section>
          {data ? <Side home={data} /> : null}
        </div>
      ) : null}
    </>
  );
}

function Lead({ home }: { home: Home }) {
  const now = useNow();
  const { totals, advisories } = home;
  if (totals.images === 0) return 'Every image that is pushed here is looked into and judged.';
  const age = advisories.oldestAt
    ? `the oldest feed is ${formatAge(advisories.oldestAt, now)} old`
    : 'no feed was fetched yet';
  return (
    <>
      Every image here is looked into and judged. {formatPlural(totals.images, 'image')} in{' '}
      {formatPlural(totals.repositories, 'repository', 'repositories')};{' '}
      {totals.packages > 0
        ? `${formatShare(totals.judgedPackages, totals.packages)} of their packages are covered by an advisory feed, `
        : ''}
      {age}.
    </>
  );
}

function Newest({ home }: { home: Home }) {
  if (home.newest.length === 0) {
    return (
      <EmptyState title="No images here yet. Push one:">
        <PushLines registryHost={home.registryHost} />
      </EmptyState>
    );
  }
  return (
    <ul>
      {home.newest.map((image) => (
        <ImageRow key={`${image.repository} ${image.tag} ${image.digest}`} image={image} />
      ))}
    </ul>
  );
}

function Side({ home }: { home: Home }) {
  return (
    <aside className="home-side" aria-label="Advisories and pushing">
      <h2 className="section-title">Advisories</h2>
      <AdvisoriesCard advisories={home.advisories} />
      <KeysCard />
      {home.newest.length > 0 ? (
        <>
          <h2 className="section-title">Push an image</h2>
          <PushLines registryHost={home.registryHost} />
        </>
      ) : null}
    </aside>
  );
}
