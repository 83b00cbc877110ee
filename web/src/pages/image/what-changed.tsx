// What changed since the image that the tag named before, in a line that leads to the whole; and any other tag to
// compare with. What cannot be compared says so, and is never shown as if nothing had changed.
import { useInfiniteQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import type { ImageDetail } from '../../../../src/entry/http/contract.ts';
import type { TagChange } from '../../../../src/entry/http/contract-comparison.ts';
import { ApiError, tagsQuery } from '../../api.ts';
import { CompareLink } from '../../components/links.tsx';
import { RelativeTime } from '../../components/relative-time.tsx';
import { formatDigest, formatTitle, formatWhole } from '../../format.ts';
import './what-changed.css';

interface WhatChangedProps {
  image: ImageDetail;
  /** The last of the tag; null where none is remembered, undefined where the server did not say. */
  found: TagChange | null | undefined;
  error: unknown;
  platform: string | undefined;
}

export function WhatChanged({ image, found, error, platform }: WhatChangedProps) {
  if (image.scan.state === 'unsupported') return null;
  const isUnknown = found === undefined && error !== null;
  // A tag that was deleted and pushed again came from nowhere.
  const change = found?.after === image.digest ? found : null;
  return (
    <section className="what-changed" aria-label="What changed">
      {change ? <Change image={image} change={change} platform={platform} /> : null}
      {isUnknown ? (
        <p className="quiet">
          What changed is not known:{' '}
          {error instanceof ApiError ? error.problem.detail : 'the server did not say.'}
        </p>
      ) : null}
      {change === null && !isUnknown ? (
        <p className="quiet">
          {image.tag === undefined ? 'No tag came here from another image' : 'The first image under this tag'}
          , as far as is remembered.
        </p>
      ) : null}
      <OtherTags image={image} platform={platform} />
    </section>
  );
}

interface ChangeProps {
  image: ImageDetail;
  change: TagChange;
  platform: string | undefined;
}

function Change({ image, change, platform }: ChangeProps) {
  const { before, beforeTag, after, why, movedAt, answer, summary } = change;
  return (
    <div className="what-changed-words" aria-live={change.state === 'pending' ? 'polite' : 'off'}>
      <p>
        <strong>What changed</strong>{' '}
        <span className="quiet">
          since {beforeTag === undefined ? null : `${beforeTag}, `}
          <code title={before}>{formatDigest(before)}</code>, <RelativeTime instant={movedAt} />
        </span>
      </p>
      {answer === undefined ? (
        <p>
          {change.state === 'pending' ? 'Not compared yet' : 'It cannot be compared'}: {why}.
        </p>
      ) : (
        <p>
          <CompareLink
            before={formatWhole(image.repository, before)}
            after={formatWhole(image.repository, after)}
            platform={platform}
          >
            {formatTitle(answer)}
          </CompareLink>
          . {summary}
        </p>
      )}
    </div>
  );
}

function OtherTags({ image, platform }: { image: ImageDetail; platform: string | undefined }) {
  const navigate = useNavigate();
  const tags = useInfiniteQuery(tagsQuery(image.repository, ''));
  const others = (tags.data?.pages.flatMap((page) => page.tags) ?? []).flatMap(({ tag, digest }) =>
    tag === undefined || digest === image.digest ? [] : [tag],
  );
  if (others.length === 0) return null;
  const onChoose = (tag: string) => {
    const search = {
      before: formatWhole(image.repository, tag),
      after: formatWhole(image.repository, image.tag ?? image.digest),
      platform,
    };
    void navigate({ to: '/compare', search });
  };
  return (
    <select
      className="platform-select what-changed-select"
      aria-label="Compare with another tag"
      value=""
      onChange={(event) => onChoose(event.target.value)}
    >
      <option value="" disabled>
        Compare with …
      </option>
      {others.map((tag) => (
        <option key={tag} value={tag}>
          {tag}
        </option>
      ))}
    </select>
  );
}
