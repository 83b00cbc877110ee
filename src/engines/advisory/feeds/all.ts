// Every feed, in the order in which they are refreshed and shown.
import { alpineFeed } from './alpine.ts';
import { debianFeed } from './debian.ts';
import type { Feed } from './feed.ts';
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
]);
