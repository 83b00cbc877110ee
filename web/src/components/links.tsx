// Links to the pages of a repository and of an image; their addresses are made in one place.
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { formatPagePath, type ImageTab, type PageQuery } from '../page-path.ts';

interface RepositoryLinkProps {
  name: string;
  className?: string;
  children: ReactNode;
}

export function RepositoryLink({ name, children, ...rest }: RepositoryLinkProps) {
  return (
    <Link to="/r/$" params={{ _splat: formatPagePath({ kind: 'repository', repository: name }) }} {...rest}>
      {children}
    </Link>
  );
}

interface ImageLinkProps {
  repository: string;
  reference: string;
  tab?: ImageTab;
  query?: PageQuery;
  /** Stay where the page is: for another tab of the same image. */
  keepScroll?: boolean;
  className?: string;
  children?: ReactNode;
}

export function ImageLink({
  repository,
  reference,
  tab = 'fix',
  query,
  keepScroll = false,
  ...rest
}: ImageLinkProps) {
  const path = formatPagePath({ kind: 'image', repository, reference, tab });
  return (
    <Link to="/r/$" params={{ _splat: path }} search={query ?? {}} resetScroll={!keepScroll} {...rest} />
  );
}

interface CompareLinkProps {
  /** As `repository:tag` or `repository@digest`. */
  before: string;
  after: string;
  platform?: string | undefined;
  className?: string;
  children?: ReactNode;
}

export function CompareLink({ before, after, platform, ...rest }: CompareLinkProps) {
  return <Link to="/compare" search={{ before, after, platform }} {...rest} />;
}
