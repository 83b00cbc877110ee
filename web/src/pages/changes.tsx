// What moved under a repository's tags, the last first: when, what became of it, and where the whole is.
import { useInfiniteQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import type { TagChange } from '../../../src/entry/http/contract-comparison.ts';
import { changesQuery } from '../api.ts';
import { FilterToggle } from '../components/filter-bar.tsx';
import { CompareLink } from '../components/links.tsx';
import { LoadLine } from '../components/load-line.tsx';
import { MoreRows } from '../components/more-rows.tsx';
import { Problem } from '../components/problem.tsx';
import { RelativeTime } from '../components/relative-time.tsx';
import { formatDigest, formatTitle, formatWhole } from '../format.ts';
import { formatPagePath, type PageQuery } from '../page-path.ts';
import '../components/image-row.css';
import './changes.css';

export function Changes({ name, query }: { name: string; query: PageQuery }) {
  const navigate = useNavigate();
  const list = useInfiniteQuery(changesQuery(name, query.tag ?? ''));
  const rows = list.data?.pages.flatMap((page) => page.changes) ?? [];
  const onTag = (tag: string | undefined) => {
    const params = { _splat: formatPagePath({ kind: 'repository', repository: name }) };
    void navigate({ to: '/r/$', params, search: { ...query, tag }, replace: true, resetScroll: false });
  };
  // A repository whose tags never moved has nothing to say here.
  if (!list.error && rows.length === 0 && query.tag === undefined) return null;
  return (
    <section aria-labelledby="changes" className="changes">
      <h2 id="changes" className="section-title">
        What changed
      </h2>
      {query.tag === undefined ? null : (
        <FilterToggle isOn onToggle={() => onTag(undefined)}>
          Only {query.tag} ✕
        </FilterToggle>
      )}
      {list.error && !list.data ? <Problem error={list.error} onRetry={list.refetch} /> : null}
      {list.data && rows.length === 0 ? (
        <p className="quiet">No other image stood under {query.tag} before, as far as is remembered.</p>
      ) : null}
      {rows.length > 0 ? (
        <>
          <ul>
            {rows.map((change) => (
              <Row
                key={`${change.tag} ${change.movedAt} ${change.after}`}
                name={name}
                change={change}
                onTag={query.tag === undefined ? onTag : undefined}
              />
            ))}
          </ul>
          <MoreRows
            shown={rows.length}
            what={rows.length === 1 ? 'change' : 'changes'}
            hasMore={list.hasNextPage}
            isLoading={list.isFetchingNextPage}
            onMore={list.fetchNextPage}
          />
        </>
      ) : null}
    </section>
  );
}

interface RowProps {
  name: string;
  change: TagChange;
  onTag: ((tag: string) => void) | undefined;
}

function Row({ name, change, onTag }: RowProps) {
  const { tag, before, beforeTag, after, answer, summary, why, state, loadLine } = change;
  const words = state === 'pending' ? 'Not compared yet' : 'Cannot be compared';
  return (
    <li className="image-row change-row">
      <LoadLine
        size={32}
        levels={loadLine}
        scan={state === 'pending' ? { state: 'queued', layersDone: 0, layersTotal: 0 } : undefined}
        decorative
      />
      <div className="image-row-words">
        <CompareLink
          before={formatWhole(name, before)}
          after={formatWhole(name, after)}
          className="image-row-name stretch"
        >
          <strong>{answer === undefined ? words : formatTitle(answer)}</strong>
        </CompareLink>
        <p>{summary ?? `${formatTitle(why ?? '')}.`}</p>
        <p className="small">
          {beforeTag === undefined ? null : `${beforeTag} `}
          <code title={before}>{formatDigest(before)}</code> →{' '}
          <code title={after}>{formatDigest(after)}</code>
        </p>
      </div>
      <p className="image-row-end">
        {onTag === undefined ? (
          <span>{tag}</span>
        ) : (
          <button
            type="button"
            className="link-button"
            aria-label={`Only changes of ${tag}`}
            onClick={() => onTag(tag)}
          >
            {tag}
          </button>
        )}
        <RelativeTime instant={change.movedAt} />
      </p>
    </li>
  );
}
