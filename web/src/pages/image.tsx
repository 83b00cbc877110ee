// An image's page: what it is, the answer, then the evidence in tabs; beside it what to take along.
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { ImageDetail } from '../../../src/entry/http/contract.ts';
import { ApiError, imageChangeQuery, imageQuery } from '../api.ts';
import { Crumb } from '../components/crumb.tsx';
import { Digest } from '../components/digest.tsx';
import { ImageLink } from '../components/links.tsx';
import { PlatformSelect } from '../components/platform-select.tsx';
import { Problem } from '../components/problem.tsx';
import { RelativeTime } from '../components/relative-time.tsx';
import { Skeleton } from '../components/skeleton.tsx';
import { formatBytes, formatReference, splitRepository } from '../format.ts';
import { formatPagePath, type PagePath, type PageQuery } from '../page-path.ts';
import { usePageTitle } from '../page-title.ts';
import { Held, useHeld } from './held.tsx';
import { Answer } from './image/answer.tsx';
import { HowBuilt } from './image/how-built.tsx';
import { ImageSide } from './image/side.tsx';
import { ImageTabs } from './image/tabs.tsx';
import { TagHistory } from './image/tag-history.tsx';
import { TrustTab } from './image/trust-tab.tsx';
import { WhatChanged } from './image/what-changed.tsx';
import './image.css';

export type ImagePath = Extract<PagePath, { kind: 'image' }>;

export function ImagePage({ path, query }: { path: ImagePath; query: PageQuery }) {
  const { repository, reference } = path;
  const name = splitRepository(repository).name;
  usePageTitle(`${name}${formatReference(reference)}`);
  const { data, error, refetch } = useQuery(imageQuery(repository, reference, query.platform));
  const change = useQuery(imageChangeQuery(repository, reference));
  const held = useHeld({ repository, tag: reference });
  // All at once, so that nothing moves when the last comes.
  const isThere = data !== undefined && !change.isPending && !held.isPending;
  return (
    <>
      <Crumb repository={repository} isImage />
      <h1>
        {name}
        <span className="image-reference">{formatReference(reference)}</span>
      </h1>
      {error ? <Problem error={error} onRetry={refetch} /> : null}
      {isGone(error) ? <HistoryOfTag path={path} query={query} isGone /> : null}
      {isThere && !error ? (
        <Shown path={path} query={query} image={data}>
          <WhatChanged image={data} found={change.data} error={change.error} platform={query.platform} />
        </Shown>
      ) : null}
      {!isThere && !error ? (
        <>
          <div className="identity" />
          <Skeleton label="the image" kind="card" rows={1} />
          <Skeleton label="the findings" kind="table-rows" rows={6} />
        </>
      ) : null}
    </>
  );
}

interface ShownProps {
  path: ImagePath;
  query: PageQuery;
  image: ImageDetail;
  children: ReactNode;
}

function Shown({ path, query, image, children }: ShownProps) {
  return (
    <>
      <Identity path={path} image={image} />
      <Held repository={path.repository} tag={path.reference} />
      <Answer image={image} />
      {children}
      <HowBuilt image={image} />
      <div className="columns">
        {image.report ? (
          <ImageTabs path={path} query={query} image={image} report={image.report} />
        ) : path.tab === 'trust' ? (
          <TrustTab image={image} platform={query.platform} />
        ) : (
          <p className="quiet">
            {image.scan.state === 'unsupported'
              ? 'There are no packages, layers or findings to show.'
              : 'Findings, packages and layers stand here once they are known. Pulling does not wait for that.'}{' '}
            <ImageLink repository={path.repository} reference={path.reference} tab="trust" keepScroll>
              Who signed it
            </ImageLink>{' '}
            can be told already.
          </p>
        )}
        <ImageSide image={image} platform={query.platform} />
      </div>
      <HistoryOfTag path={path} query={query} />
    </>
  );
}

function isGone(error: unknown): boolean {
  return error instanceof ApiError && error.problem.code === 'hub.image_missing';
}

/** Also of a tag that was deleted. A digest has no history; the page of one shows none. */
function HistoryOfTag({ path, query, isGone }: { path: ImagePath; query: PageQuery; isGone?: boolean }) {
  const navigate = useNavigate();
  if (path.reference.includes(':')) return null;
  const onAt = (at: string | undefined) => {
    const params = { _splat: formatPagePath(path) };
    void navigate({ to: '/r/$', params, search: { ...query, at }, replace: true, resetScroll: false });
  };
  const { repository, reference: tag } = path;
  return <TagHistory repository={repository} tag={tag} at={query.at} onAt={onAt} isGone={isGone ?? false} />;
}

function Identity({ path, image }: { path: ImagePath; image: ImageDetail }) {
  const navigate = useNavigate();
  const { repository, reference } = path;
  const onPlatform = (platform: string) => {
    void navigate({
      to: '/r/$',
      params: { _splat: formatPagePath(path) },
      search: { platform },
      resetScroll: false,
    });
  };
  const platforms = image.platforms.map(({ platform }) => platform);
  return (
    <div className="identity">
      <Digest digest={image.digest} />
      {image.scan.state === 'unsupported' ? (
        <code>{image.artifactType ?? image.mediaType}</code>
      ) : (
        <PlatformSelect platforms={platforms} value={image.platform} onChange={onPlatform} />
      )}
      <span>{formatBytes(image.sizeBytes)}</span>
      <span>
        pushed <RelativeTime instant={image.pushedAt} />
      </span>
      {image.otherTags.length > 0 ? (
        <span>
          {image.tag === undefined ? 'tagged ' : 'also '}
          {image.otherTags.slice(0, 5).map((tag, at) => (
            <span key={tag}>
              {at > 0 ? ', ' : ''}
              <ImageLink repository={repository} reference={tag}>
                {tag}
              </ImageLink>
            </span>
          ))}
          {image.otherTags.length > 5 ? ` and ${image.otherTags.length - 5} more` : ''}
        </span>
      ) : null}
      {image.tag === undefined ? null : <span className="unseen">shown for the tag {reference}</span>}
    </div>
  );
}
