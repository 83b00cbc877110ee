// Every feed, in the order in which they are refreshed and shown.
import { normalPythonName } from '../../../formats/packages/python-name.ts';
import { alpineFeed } from './alpine.ts';
import { debianFeed } from './debian.ts';
import { epssFeed } from './epss.ts';
import type { Feed } from './feed.ts';
import { kevFeed } from './kev.ts';
import { createOsvFeed } from './osv.ts';

export const allFeeds: readonly Feed[] = Object.freeze([
  debianFeed,
  alpineFeed,
  createOsvFeed({
    ecosystem: 'Go',
    scope: 'go',
    order: 'semver',
    title: 'Go vulnerability database (OSV)',
    covers: 'Go modules; the standard library as `stdlib`.',
  }),
  createOsvFeed({
    ecosystem: 'npm',
    scope: 'npm',
    order: 'semver',
    title: 'npm advisories (OSV)',
    covers: 'npm packages, malicious ones too.',
  }),
  createOsvFeed({
    ecosystem: 'PyPI',
    scope: 'pypi',
    order: 'pep440',
    title: 'Python advisories (OSV)',
    covers: 'Python packages, malicious ones too.',
    normalName: normalPythonName,
  }),
  kevFeed,
  epssFeed,
]);
