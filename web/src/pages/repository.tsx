// A repository: what waits for its owner, the answer for its newest image, its tags, how to pull and push.
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import type { ImageRow, PullSummary, RepositoryDetail } from '../../../src/entry/http/contract.ts';
import { repositoryQuery, tagsQuery } from '../api.ts';
import { Crumb } from '../components/crumb.tsx';
import { EmptyState } from '../components/empty-state.tsx';
import { FilterBar } from '../components/filter-bar.tsx';
import { ImageLink } from '../components/links.tsx';
import { LoadLine } from '../components/load-line.tsx';
import { MoreRows } from '../components/more-rows.tsx';
import { Problem } from '../components/problem.tsx';
import { PullLines } from '../components/pull-lines.tsx';
import { PushLines } from '../components/push-lines.tsx';
import { RelativeTime, useNow } from '../components/relative-time.tsx';
import { Skeleton } from '../components/skeleton.tsx';
import { Table } from '../components/table.tsx';
import { DAY_MS, formatAge, formatCount, formatExact, formatPlural, splitRepository } from '../format.ts';
import { formatPagePath, type PageQuery } from '../page-path.ts';
import { usePageTitle } from '../page-title.ts';
import { formatScan, isFinal } from '../scan.ts';
import { Changes } from './changes.tsx';
import { Held, useHeld } from './held.tsx';
import './repository.css';
import { Signers, useSigners } from './signers.tsx';
import { TAG_COLUMNS } from './tag-columns.tsx';

export function RepositoryPage({ name, query }: { name: string; query: PageQuery }) {
  usePageTitle(name);
  const repository = useQuery(repositoryQuery(name));
  const held = useHeld({ repository: name });
  const signers = useSigners(name);
  const newest = useInfiniteQuery(tagsQuery(name, '')).data?.pages[0]?.tags[0];
  if (repository.error && !repository.data) {
    return (
      <>
        <h1>{name}</h1>
        <Problem error={repository.error} onRetry={repository.refetch} />
      </>
    );
  }
  const detail = repository.data;
  return (
    <>
      <Crumb repository={name} />
      <h1>{splitRepository(name).name}</h1>
      <p className="identity">{detail ? <Identity detail={detail} /> : null}</p>
      <Held repository={name} />
      {signers.isPending ? null : <Signers repository={name} place="top" />}
      {newest && !held.isPending && !signers.isPending ? <Newest image={newest} /> : null}
      <div className="columns">
        <div>
          <Tags name={name} q={query.q ?? ''} detail={detail} />
          <Changes name={name} query={query} />
          <Signers repository={name} place="below" />
        </div>
        {detail ? <Side detail={detail} newest={newest} /> : null}
      </div>
    </>
  );
}

function Identity({ detail }: { detail: RepositoryDetail }) {
  return (
    <>
      <span>{formatPlural(detail.tags, 'tag')}</span>
      <span>{detail.isPublic ? 'public to pull' : 'private'}</span>
      <span>
        changed <RelativeTime instant={detail.updatedAt} />
      </span>
      <Pulls of={detail.pulls} />
    </>
  );
}

/** Nothing is known of before the record began: while it is young, what is shown says for how long it counts. */
function Pulls({ of }: { of: PullSummary }) {
  const now = useNow();
  const isYoung = now - Date.parse(of.since) < 30 * DAY_MS;
  const total = of.total === 0 ? 'no pulls' : formatPlural(of.total, 'pull');
  return (
    <span title={`Counted since ${formatExact(of.since)}`}>
      {isYoung || of.total === 0
        ? `${total}, counted for ${formatAge(of.since, now)}`
        : `${formatPlural(of.last30Days, 'pull')} in 30 days, ${formatCount(of.total)} in all`}
      {of.lastAt ? (
        <>
          , the last <RelativeTime instant={of.lastAt} />
        </>
      ) : null}
    </span>
  );
}

function Newest({ image }: { image: ImageRow }) {
  const { repository, tag, digest, summary, scan } = image;
  const reference = tag ?? digest;
  return (
    <section className="repository-answer" aria-label="The newest image">
      <LoadLine size={88} levels={summary?.loadLine} scan={scan} />
      <div>
        <h2 aria-live={isFinal(scan) ? 'off' : 'polite'}>
          {summary?.answer ?? scan.error ?? formatScan(scan)}
        </h2>
        <p className="quiet">
          The newest image,{' '}
          <ImageLink repository={repository} reference={reference}>
            {reference}
          </ImageLink>
          , pushed <RelativeTime instant={image.pushedAt} />
        </p>
      </div>
    </section>
  );
}

function Tags({ name, q, detail }: { name: string; q: string; detail: RepositoryDetail | undefined }) {
  const navigate = useNavigate();
  const tags = useInfiniteQuery(tagsQuery(name, q));
  const rows = tags.data?.pages.flatMap((page) => page.tags) ?? [];
  const onFilter = (text: string) => {
    const params = { _splat: formatPagePath({ kind: 'repository', repository: name }) };
    void navigate({
      to: '/r/$',
      params,
      search: { q: text || undefined },
      replace: true,
      resetScroll: false,
    });
  };
  if (detail?.tags === 0) {
    return (
      <EmptyState title="No tags here yet. Push one:">
        <PushLines registryHost={detail.registryHost} repository={name} />
      </EmptyState>
    );
  }
  return (
    <section aria-labelledby="tags">
      <h2 id="tags" className="section-title">
        Tags
      </h2>
      <FilterBar label="Filter tags" value={q} onChange={onFilter} />
      {tags.error && !tags.data ? <Problem error={tags.error} onRetry={tags.refetch} /> : null}
      {!tags.data && !tags.error ? <Skeleton label="tags" kind="table-rows" rows={8} /> : null}
      {tags.data && rows.length === 0 ? <EmptyState title={`No tag matches “${q}”.`} /> : null}
      {rows.length > 0 ? (
        <>
          <Table
            caption={`Tags of ${name}`}
            columns={TAG_COLUMNS}
            rows={rows}
            rowKey={(row) => `${row.tag} ${row.digest}`}
            isStale={tags.isPlaceholderData}
          />
          <MoreRows
            shown={rows.length}
            total={q === '' ? detail?.tags : undefined}
            what={rows.length === 1 ? 'tag' : 'tags'}
            hasMore={tags.hasNextPage}
            isLoading={tags.isFetchingNextPage}
            onMore={tags.fetchNextPage}
          />
        </>
      ) : null}
    </section>
  );
}

function Side({ detail, newest }: { detail: RepositoryDetail; newest: ImageRow | undefined }) {
  return (
    <aside className="side" aria-label="Pulling and pushing">
      {newest ? (
        <section>
          <h2>Pull the newest</h2>
          <PullLines
            registryHost={detail.registryHost}
            repository={detail.name}
            tag={newest.tag}
            digest={newest.digest}
          />
        </section>
      ) : null}
      {detail.tags > 0 ? (
        <section>
          <h2>Push another</h2>
          <PushLines registryHost={detail.registryHost} repository={detail.name} />
        </section>
      ) : null}
    </aside>
  );
}
