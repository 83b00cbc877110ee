// The instance's TUF repository below /trust/tuf, read-only: files as their maker wrote them. Files whose names begin
// with a version or a digest never change; the others are asked for anew each time.

import { httpErrors } from '../errors.ts';
import { answerWith, type TrustRoute } from './route.ts';

/** A repository's files by their path below its root, as `2.root.json` or `targets/…`. */
export interface TufFiles {
  /** Undefined where there is none. */
  read(path: string): Promise<Uint8Array | undefined>;
}

export interface TufParts {
  /** Absent: the instance has no repository. */
  readonly tufFiles?: TufFiles | undefined;
}

/** Parts of plain characters, none of them dots alone: no path leads out of the repository. */
const PATH = /^(?:[A-Za-z0-9_-][A-Za-z0-9._-]{0,200}\/){0,3}[A-Za-z0-9_-][A-Za-z0-9._-]{0,200}$/;
const FIXED = /(?:^|\/)(?:[0-9]{1,10}|[0-9a-f]{64}|[0-9a-f]{128})\.[^/]+$/;
const FOR_EVER = 'public, max-age=31536000, immutable';

export function createTufRoutes({ tufFiles }: TufParts): readonly TrustRoute[] {
  return [
    {
      method: 'GET',
      path: '/trust/tuf/*',
      async answer({ rest }) {
        const bytes = PATH.test(rest) ? await tufFiles?.read(rest) : undefined;
        if (bytes === undefined)
          throw httpErrors.route_unknown(`the TUF repository has no ${rest.slice(0, 200)}`);
        const mediaType = rest.endsWith('.json') ? 'application/json' : 'application/octet-stream';
        const caching = { 'cache-control': FIXED.test(rest) ? FOR_EVER : 'no-cache' };
        return answerWith(bytes, mediaType, { headers: caching });
      },
    },
  ];
}
