// Two images side by side: what became of it in a sentence, then what moved, then the evidence in lists.
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import type { ComparedImage, ComparisonAnswer } from '../../../src/entry/http/contract-comparison.ts';
import { compareQuery } from '../api.ts';
import { isUnjudged } from '../comparison-words.ts';
import { Crumb } from '../components/crumb.tsx';
import { Digest } from '../components/digest.tsx';
import { CompareLink, ImageLink } from '../components/links.tsx';
import { PlatformSelect } from '../components/platform-select.tsx';
import { Problem } from '../components/problem.tsx';
import { RelativeTime } from '../components/relative-time.tsx';
import { Skeleton } from '../components/skeleton.tsx';
import { formatReference, formatWhole, splitRepository } from '../format.ts';
import type { CompareQuery } from '../page-path.ts';
import { usePageTitle } from '../page-title.ts';
import { CompareAnswer, ComparePending } from './compare/answer.tsx';
import { ChooseTwo } from './compare/choose-two.tsx';
import { ConfigurationChanges, Gaps, RuleChanges } from './compare/details.tsx';
import { FindingChanges } from './compare/finding-changes.tsx';
import { Overview } from './compare/overview.tsx';
import { PackageChanges } from './compare/package-changes.tsx';
import './compare.css';

export function ComparePage({ query }: { query: CompareQuery }) {
  usePageTitle('Comparison');
  const { before, after } = query;
  if (before === undefined || after === undefined)
    return (
      <>
        <h1>Compare two images</h1>
        <ChooseTwo before={before} after={after} />
      </>
    );
  return <Asked query={query} before={before} after={after} />;
}

function Asked({ query, before, after }: { query: CompareQuery; before: string; after: string }) {
  const { data, error, refetch } = useQuery(compareQuery(before, after, query.platform));
  if (error)
    return (
      <>
        <h1>Compare two images</h1>
        <Problem error={error} onRetry={refetch} />
        <ChooseTwo before={before} after={after} />
      </>
    );
  if (data) return <Shown query={query} answer={data} />;
  return (
    <>
      <p className="crumb" />
      <h1>Comparing</h1>
      <div className="identity" />
      <Skeleton label="the comparison" kind="card" rows={1} />
      <Skeleton label="what changed" kind="table-rows" rows={8} />
    </>
  );
}

function Shown({ query, answer }: { query: CompareQuery; answer: ComparisonAnswer }) {
  const { before, after, comparison } = answer;
  const name = splitRepository(after.repository).name;
  const other =
    before.repository === after.repository
      ? formatReference(nameOf(before)).replace(/^:/, '')
      : before.repository + formatReference(nameOf(before));
  usePageTitle(`${name}${formatReference(nameOf(after))} against ${other}`);
  return (
    <>
      <Crumb repository={after.repository} isImage />
      <h1>
        {name}
        <span className="image-reference">
          {formatReference(nameOf(after))} against {other}
        </span>
      </h1>
      <Identity query={query} answer={answer} />
      {comparison ? (
        <>
          <CompareAnswer comparison={comparison} />
          <Overview comparison={comparison} />
          <FindingChanges findings={comparison.findings} isUnjudged={isUnjudged(comparison.after)} />
          <RuleChanges rules={comparison.rules} />
          <PackageChanges query={query} packages={comparison.packages} />
          <ConfigurationChanges changes={comparison.configuration} />
          <Gaps gaps={comparison.newGaps} />
        </>
      ) : (
        <ComparePending before={before} after={after} />
      )}
    </>
  );
}

function Identity({ query, answer }: { query: CompareQuery; answer: ComparisonAnswer }) {
  const navigate = useNavigate();
  const { before, after, platform, platforms } = answer;
  const onPlatform = (chosen: string) =>
    void navigate({ to: '/compare', search: { ...query, platform: chosen }, resetScroll: false });
  return (
    <div className="identity">
      {platforms.length > 0 ? (
        <PlatformSelect platforms={platforms} value={platform} onChange={onPlatform} />
      ) : null}
      <Named word="before" image={before} />
      <Named word="after" image={after} />
      <CompareLink
        before={formatWhole(after.repository, nameOf(after))}
        after={formatWhole(before.repository, nameOf(before))}
        platform={query.platform}
      >
        the other way round
      </CompareLink>
    </div>
  );
}

function Named({ word, image }: { word: string; image: ComparedImage }) {
  return (
    <span>
      {word}{' '}
      <ImageLink repository={image.repository} reference={nameOf(image)}>
        {image.tag ?? 'by digest'}
      </ImageLink>{' '}
      <Digest digest={image.digest} what={`the digest of the image ${word}`} /> pushed{' '}
      <RelativeTime instant={image.pushedAt} />
    </span>
  );
}

function nameOf({ tag, digest }: ComparedImage): string {
  return tag ?? digest;
}
