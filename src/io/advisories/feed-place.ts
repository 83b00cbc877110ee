// Which adapter a place of feeds needs, from how a person writes it.
import type { Http } from '../net/http.ts';
import { createFeedDownload } from './feed-download.ts';
import { createFeedFolder } from './feed-folder.ts';
import type { FeedSource } from './feed-source.ts';

/** Nothing: the public addresses. `http://…` or `https://…`: a mirror. Anything else: a folder. */
export function createFeedSource(
  deps: { readonly http: Http; readonly folder: string },
  place?: string,
): FeedSource {
  if (place === undefined || place === '') return createFeedDownload(deps);
  return /^https?:\/\//i.test(place)
    ? createFeedDownload({ ...deps, mirror: place })
    : createFeedFolder(place);
}
