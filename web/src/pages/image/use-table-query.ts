// A table's state in the address: reading it, and changing it without a new entry in the history.
import { useNavigate } from '@tanstack/react-router';
import { formatPagePath, type PageQuery } from '../../page-path.ts';
import type { ImagePath } from '../image.tsx';

/** Changes some of the query string; an empty text takes a part out. */
export function useTableQuery(path: ImagePath, query: PageQuery): (change: PageQuery) => void {
  const navigate = useNavigate();
  return (change) => {
    const pairs = Object.entries({ ...query, ...change }).filter(
      ([, value]) => value !== undefined && value !== '',
    );
    const params = { _splat: formatPagePath(path) };
    void navigate({
      to: '/r/$',
      params,
      search: Object.fromEntries(pairs),
      replace: true,
      resetScroll: false,
    });
  };
}
