// No page at this address.
import { Link } from '@tanstack/react-router';
import { usePageTitle } from '../page-title.ts';

export function MissingPage() {
  usePageTitle('No such page');
  return (
    <>
      <h1>No page at this address</h1>
      <p className="lead">
        A repository is at <code>/r/NAME</code>, an image at <code>/r/NAME/-/TAG</code>. Look for it on{' '}
        <Link to="/search">the list of repositories</Link>.
      </p>
    </>
  );
}
