// How much of a long list is shown, and the next step of it.
import { formatCount } from '../format.ts';

interface MoreRowsProps {
  shown: number;
  /** Absent where the server does not count (lists that grow). */
  total?: number | undefined;
  what: string;
  hasMore: boolean;
  isLoading: boolean;
  onMore: () => void;
}

export function MoreRows({ shown, total, what, hasMore, isLoading, onMore }: MoreRowsProps) {
  const of = total === undefined || total === shown ? '' : ` of ${formatCount(total)}`;
  return (
    <p className="more-rows">
      <span aria-live="polite" className="quiet">
        {formatCount(shown)}
        {of} {what}
      </span>
      {hasMore ? (
        <button type="button" className="button" onClick={onMore} disabled={isLoading}>
          Show more
        </button>
      ) : null}
    </p>
  );
}
