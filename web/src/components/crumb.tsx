// Where a page is: the namespace, which lists what else it holds, and for an image its repository.
import { Link } from '@tanstack/react-router';
import { splitRepository } from '../format.ts';
import { RepositoryLink } from './links.tsx';

export function Crumb({ repository, isImage = false }: { repository: string; isImage?: boolean }) {
  const { namespace, name } = splitRepository(repository);
  return (
    <nav className="crumb" aria-label="Where this is">
      {namespace === '' ? (
        <Link to="/search">Repositories</Link>
      ) : (
        <Link to="/search" search={{ q: `${namespace}/` }}>
          {namespace}
        </Link>
      )}
      {isImage ? (
        <>
          {' / '}
          <RepositoryLink name={repository}>{name}</RepositoryLink>
        </>
      ) : null}
    </nav>
  );
}
