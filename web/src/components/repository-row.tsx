// A repository in a list: its newest image's load line, its name, how many tags. The row is one link.
import type { RepositoryRow as Row } from '../../../src/entry/http/contract.ts';
import { formatPlural } from '../format.ts';
import './image-row.css';
import { RepositoryLink } from './links.tsx';
import { LoadLine } from './load-line.tsx';
import { RelativeTime } from './relative-time.tsx';

export function RepositoryRow({ repository }: { repository: Row }) {
  const { name, tags, isPublic, updatedAt, newest } = repository;
  return (
    <li className="image-row">
      <LoadLine size={32} levels={newest?.summary?.loadLine} scan={newest?.scan} decorative />
      <div className="image-row-words">
        <RepositoryLink name={name} className="image-row-name stretch">
          <strong>{name}</strong>
        </RepositoryLink>
        <p>
          {formatPlural(tags, 'tag')}
          {isPublic ? '' : ' · private'}
          {newest?.summary ? ` · ${newest.tag ?? 'newest'}: ${newest.summary.answer}` : ''}
        </p>
      </div>
      <p className="image-row-end">
        <RelativeTime instant={updatedAt} />
      </p>
    </li>
  );
}
