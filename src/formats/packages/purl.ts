// Package URLs (ECMA-427, package-url/purl-spec): parse any, build the canonical spelling.
// Everything but letters, digits, `. - _ ~ :` is percent-encoded; qualifiers are sorted by key.
// Types are normalised where purl-spec says that case does not matter and Plimsoll meets the type.
// golang keeps its case on purpose: advisories name modules as Go does, and Go's names have case.
import { packageErrors } from './errors.ts';

export interface Purl {
  /** Lower case: `deb`, `npm`. */
  readonly type: string;
  /** Decoded, segments joined by `/`: `debian`, `@scope`, `github.com/x`. */
  readonly namespace?: string;
  readonly name: string;
  readonly version?: string;
  /** Lower-case keys; empty values are dropped. */
  readonly qualifiers?: Readonly<Record<string, string>>;
  /** Decoded, without leading slash, `.` or `..`. */
  readonly subpath?: string;
}

const TYPE = /^[a-z][a-z0-9.-]*$/;
const QUALIFIER_KEY = /^[a-z][a-z0-9._-]*$/;
/** Types whose namespace or name are compared without case, by purl-spec's type definitions. */
const LOWER_NAMESPACE: ReadonlySet<string> = new Set([
  'alpm',
  'apk',
  'bitbucket',
  'composer',
  'deb',
  'github',
]);
const LOWER_NAME: ReadonlySet<string> = new Set([...LOWER_NAMESPACE, 'bitnami', 'npm', 'oci', 'pypi']);

/** The parts of a package URL; `packages.purl_invalid` where it is none. */
export function parsePurl(text: string): Purl {
  const refuse = (why: string) =>
    packageErrors.purl_invalid(`"${text.slice(0, 200)}" is not a package URL: ${why}`);
  if (!/^pkg:/i.test(text)) throw refuse('it does not begin with "pkg:"');
  try {
    const [beforeSubpath, subpath] = cut(text.slice(4), text.slice(4).lastIndexOf('#'));
    const [beforeQualifiers, query] = cut(beforeSubpath, beforeSubpath.lastIndexOf('?'));
    const path = beforeQualifiers.replace(/^\/+/, '');
    const [type, rest] = cut(path, path.indexOf('/'));
    // An npm scope may stand unencoded: the version's @ is the last one, and never begins a segment.
    const at = rest?.lastIndexOf('@') ?? -1;
    const [fullName, version] = cut(
      rest ?? '',
      at > 0 && rest?.[at - 1] !== '/' ? at : emptyNameAt(rest, at),
    );
    const segments = fullName.split('/').filter((segment) => segment !== '');
    const name = fullName.endsWith('/') && version !== undefined ? undefined : segments.pop();
    return normalise(
      {
        type: type.toLowerCase(),
        namespace: segments.map(decodeURIComponent).join('/'),
        name: decodeURIComponent(name ?? ''),
        version: version === undefined ? undefined : decodeURIComponent(version),
        qualifiers: parseQualifiers(query ?? ''),
        subpath: parseSubpath(subpath ?? ''),
      },
      refuse,
    );
  } catch (cause) {
    if (cause instanceof URIError) throw refuse('a percent-encoding in it is broken');
    throw cause;
  }
}

/** The canonical package URL of these parts; `packages.purl_invalid` where a part is missing or malformed. */
export function formatPurl(parts: Purl): string {
  const purl = normalise(parts, (why) =>
    packageErrors.purl_invalid(`No package URL can be built for "${String(parts.name)}": ${why}`),
  );
  const namespace = purl.namespace === undefined ? '' : `${encodePath(purl.namespace)}/`;
  const version = purl.version === undefined ? '' : `@${encode(purl.version)}`;
  const query = Object.entries(purl.qualifiers ?? {})
    .map(([key, value]) => `${key}=${encode(value)}`)
    .join('&');
  const subpath = purl.subpath === undefined ? '' : `#${encodePath(purl.subpath)}`;
  return `pkg:${purl.type}/${namespace}${encode(purl.name)}${version}${query && `?${query}`}${subpath}`;
}

/** Both halves around one character; the second is undefined where there is none. */
function cut(text: string, at: number): [string, string | undefined] {
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

/** `maven/@1.3.4` has a version and no name; `@scope/name` has a scope and no version. */
function emptyNameAt(rest: string | undefined, at: number): number {
  return rest !== undefined && at >= 0 && !rest.includes('/', at) && at === rest.lastIndexOf('/') + 1
    ? at
    : -1;
}

function parseQualifiers(query: string): Record<string, string> {
  const qualifiers: Record<string, string> = Object.create(null);
  for (const pair of query.split('&')) {
    const [key, value] = cut(pair, pair.indexOf('='));
    if (key !== '' && value) qualifiers[key] = decodeURIComponent(value);
  }
  return qualifiers;
}

function parseSubpath(subpath: string): string {
  return subpath
    .split('/')
    .map(decodeURIComponent)
    .filter((segment) => segment !== '' && segment !== '.' && segment !== '..')
    .join('/');
}

function normalise(parts: Purl, refuse: (why: string) => Error): Purl {
  const type = (parts.type ?? '').toLowerCase();
  if (!TYPE.test(type))
    throw refuse('its type must begin with a letter and hold letters, digits, "." and "-"');
  if (!parts.name) throw refuse('it has no name');
  const qualifiers: Record<string, string> = Object.create(null);
  for (const key of Object.keys(parts.qualifiers ?? {}).sort()) {
    if (!QUALIFIER_KEY.test(key)) throw refuse(`"${key}" is not a qualifier key`);
    const value = parts.qualifiers?.[key];
    if (value) qualifiers[key] = value;
  }
  const namespace = parts.namespace?.replace(/^\/+|\/+$/g, '');
  const name = LOWER_NAME.has(type) ? parts.name.toLowerCase() : parts.name;
  return Object.freeze({
    type,
    ...(namespace && { namespace: LOWER_NAMESPACE.has(type) ? namespace.toLowerCase() : namespace }),
    name: type === 'pypi' ? name.replaceAll('_', '-') : name,
    ...(parts.version && { version: parts.version }),
    ...(Object.keys(qualifiers).length > 0 && { qualifiers }),
    ...(parts.subpath && { subpath: parseSubpath(encodePath(parts.subpath)) }),
  });
}

/** encodeURIComponent leaves `! ' ( ) *`, which purl encodes, and encodes `:`, which purl leaves. */
function encode(text: string): string {
  return encodeURIComponent(text.toWellFormed())
    .replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%3A', ':');
}

function encodePath(path: string): string {
  return path.split('/').map(encode).join('/');
}
