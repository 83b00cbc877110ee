// The paths of the distribution specification. Repository names hold slashes, so a path is read from
// its end. Pure: text in, route out; names, tags and digests are checked by whoever uses them.

export type Route =
  | { readonly kind: 'ping' }
  | { readonly kind: 'catalog' }
  | { readonly kind: 'search' }
  | { readonly kind: 'searchPing' }
  | { readonly kind: 'token' }
  | { readonly kind: 'tokenExchange' }
  | { readonly kind: 'blob'; readonly name: string; readonly digest: string }
  | { readonly kind: 'uploads'; readonly name: string }
  | { readonly kind: 'upload'; readonly name: string; readonly id: string }
  | { readonly kind: 'manifest'; readonly name: string; readonly reference: string }
  | { readonly kind: 'tags'; readonly name: string }
  | { readonly kind: 'referrers'; readonly name: string; readonly digest: string };

const PREFIX = '/v2/';

const OTHERS: ReadonlySet<string> = new Set(['/v2', '/token', '/token/exchange', '/v1/search', '/v1/_ping']);

/** Whether the request belongs to the registry (`/v2`, `/token`, `docker search`) and not to the API and pages. `url` as on the wire. */
export function isRegistryUrl(url: string): boolean {
  if (url.startsWith(PREFIX)) return true;
  const path = pathOf(url);
  return OTHERS.has(path);
}

/** The path of a request target, without its query. */
export function pathOf(url: string): string {
  const mark = url.indexOf('?');
  return mark < 0 ? url : url.slice(0, mark);
}

/** The query of a request target. */
export function queryOf(url: string): URLSearchParams {
  const mark = url.indexOf('?');
  return new URLSearchParams(mark < 0 ? '' : url.slice(mark + 1));
}

/** The route of a path, or undefined where nothing is there. */
export function parseRoute(rawPath: string): Route | undefined {
  const path = decodePath(rawPath);
  if (path === undefined) return undefined;
  if (path === '/token') return { kind: 'token' };
  if (path === '/token/exchange') return { kind: 'tokenExchange' };
  if (path === '/v1/search') return { kind: 'search' };
  if (path === '/v1/_ping') return { kind: 'searchPing' };
  if (path === '/v2' || path === PREFIX) return { kind: 'ping' };
  if (path === '/v2/_catalog') return { kind: 'catalog' };
  return path.startsWith(PREFIX) ? parseNamed(path.slice(PREFIX.length)) : undefined;
}

function parseNamed(path: string): Route | undefined {
  // `uploads` with and without its slash: clients of both habits exist.
  for (const end of ['/blobs/uploads/', '/blobs/uploads'])
    if (path.endsWith(end)) return named(path.slice(0, -end.length), (name) => ({ kind: 'uploads', name }));
  const last = path.lastIndexOf('/');
  const middle = path.lastIndexOf('/', last - 1);
  if (middle < 1) return undefined;
  const tail = path.slice(last + 1);
  const head = path.slice(0, middle);
  switch (path.slice(middle + 1, last)) {
    case 'manifests':
      return named(head, (name) => ({ kind: 'manifest', name, reference: tail }));
    case 'blobs':
      return named(head, (name) => ({ kind: 'blob', name, digest: tail }));
    case 'referrers':
      return named(head, (name) => ({ kind: 'referrers', name, digest: tail }));
    case 'tags':
      return tail === 'list' ? named(head, (name) => ({ kind: 'tags', name })) : undefined;
    case 'uploads':
      return head.endsWith('/blobs')
        ? named(head.slice(0, -'/blobs'.length), (name) => ({ kind: 'upload', name, id: tail }))
        : undefined;
    default:
      return undefined;
  }
}

function named(name: string, route: (name: string) => Route): Route | undefined {
  return name === '' ? undefined : route(name);
}

/** Some clients send a digest's colon as %3A. */
function decodePath(path: string): string | undefined {
  if (!path.includes('%')) return path;
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined;
  }
}
