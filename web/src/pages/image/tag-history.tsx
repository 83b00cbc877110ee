// What became of a tag: who moved it, when, from what to what; and what it was at a time. Each line is a leaf of
// the instance's tag log, and leads to its proof.
import { useInfiniteQuery } from '@tanstack/react-query';
import type { TagHistory as History, TagMove } from '../../../../src/entry/http/contract-tag.ts';
import { proofAddress, tagHistoryQuery } from '../../api.ts';
import { Digest } from '../../components/digest.tsx';
import { CompareLink, ImageLink } from '../../components/links.tsx';
import { MoreRows } from '../../components/more-rows.tsx';
import { Problem } from '../../components/problem.tsx';
import { RelativeTime } from '../../components/relative-time.tsx';
import { OutcomeShape } from '../../components/shape.tsx';
import { formatDigest, formatExact, formatWhole } from '../../format.ts';
import './tag-history.css';

interface TagHistoryProps {
  repository: string;
  tag: string;
  /** RFC 3339; undefined shows all. */
  at: string | undefined;
  onAt: (at: string | undefined) => void;
  /** The tag is not there: where it never was, there is nothing to show. */
  isGone?: boolean;
}

export function TagHistory({ repository, tag, at, onAt, isGone = false }: TagHistoryProps) {
  const list = useInfiniteQuery(tagHistoryQuery(repository, tag, at));
  if (isGone && !list.data) return null;
  const first = list.data?.pages[0];
  const moves = list.data?.pages.flatMap((page) => page.moves) ?? [];
  return (
    <section className="tag-history" aria-labelledby="tag-history">
      <div className="tag-history-head">
        <h2 id="tag-history" className="section-title">
          History of {tag}
        </h2>
        <AtField at={at} onAt={onAt} />
      </div>
      {list.error && !list.data ? <Problem error={list.error} onRetry={list.refetch} /> : null}
      {at !== undefined && first?.at ? <Then repository={repository} tag={tag} then={first.at} /> : null}
      {moves.length > 0 ? (
        <>
          <ol>
            {moves.map((move) => (
              <Row key={move.leaf} repository={repository} move={move} />
            ))}
          </ol>
          <MoreRows
            shown={moves.length}
            what={moves.length === 1 ? 'move' : 'moves'}
            hasMore={list.hasNextPage}
            isLoading={list.isFetchingNextPage}
            onMore={list.fetchNextPage}
          />
        </>
      ) : null}
    </section>
  );
}

/** The browser's own field, in the reader's own time. */
function AtField({ at, onAt }: Pick<TagHistoryProps, 'at' | 'onAt'>) {
  const onChange = (text: string) => {
    const time = Date.parse(text);
    onAt(Number.isNaN(time) ? undefined : new Date(time).toISOString());
  };
  return (
    <label className="tag-history-at">
      As it was at
      <input
        type="datetime-local"
        step={1}
        defaultValue={at === undefined ? '' : formatLocal(at)}
        onChange={(event) => onChange(event.currentTarget.value)}
      />
    </label>
  );
}

function Then({
  repository,
  tag,
  then,
}: {
  repository: string;
  tag: string;
  then: NonNullable<History['at']>;
}) {
  const { at, digest, isHeld } = then;
  return (
    <p className="tag-history-then" aria-live="polite">
      {formatExact(at)}:{' '}
      {digest === undefined ? (
        <>there was no tag {tag}.</>
      ) : (
        <>
          {tag} was <Digest digest={formatWhole(repository, digest)} what="the image’s name" />{' '}
          {isHeld ? (
            <ImageLink repository={repository} reference={digest}>
              still here
            </ImageLink>
          ) : (
            'no longer kept'
          )}
        </>
      )}
    </p>
  );
}

function Row({ repository, move }: { repository: string; move: TagMove }) {
  const { leaf, at, by, via, digest, previous, reason, since, judgement } = move;
  const isMove = digest !== undefined && previous !== undefined;
  return (
    <li>
      <span className="tag-history-when">
        <RelativeTime instant={since ?? at} />
      </span>
      <span>
        <strong>{by}</strong> <span className="quiet">by {via}</span>
      </span>
      <span className="tag-history-what">
        {previous === undefined ? null : (
          <>
            <code title={previous}>{formatDigest(previous)}</code>{' '}
          </>
        )}
        → {digest === undefined ? 'deleted' : <code title={digest}>{formatDigest(digest)}</code>}
        {isMove ? (
          <>
            {' '}
            <CompareLink before={formatWhole(repository, previous)} after={formatWhole(repository, digest)}>
              compare
            </CompareLink>
          </>
        ) : null}
        {reason === undefined ? null : <q>{reason}</q>}
        {since === undefined ? null : <span className="quiet"> there before the log began</span>}
        {judgement?.suspicions.map(({ rule, why }) => (
          <span key={rule} className="tag-history-judged" title={rule}>
            <strong>suspicious:</strong> {why}
          </span>
        ))}
        {judgement?.unknowns.map(({ where, why }) => (
          <span key={where} className="tag-history-judged quiet" title={where}>
            <OutcomeShape outcome="unknown" /> not judged: {why}
          </span>
        ))}
      </span>
      <a className="tag-history-leaf" href={proofAddress(leaf)} title="The proof that this is in the tag log">
        leaf {leaf}
      </a>
    </li>
  );
}

/** As the field takes it: `2026-11-20T13:00:30`, local. */
function formatLocal(at: string): string {
  const time = Date.parse(at);
  if (Number.isNaN(time)) return '';
  const offsetMs = new Date(time).getTimezoneOffset() * 60_000;
  return new Date(time - offsetMs).toISOString().slice(0, 19);
}
