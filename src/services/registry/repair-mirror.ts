// Mirrors that damaged bytes are fetched from: a pattern of repositories here, and where the same content lies
// elsewhere, written as `library/*=registry.example.org/mirror-of/library`. Pure. What a repository's name has beyond
// the parts of the pattern before its first `*` stands behind the mirror's path: library/nginx is
// registry.example.org/mirror-of/library/nginx. No login stands here: it is where docker and podman keep theirs.
import { isRegistryHost, isRepositoryName } from '../../formats/oci/reference.ts';
import { limits } from '../../kit/limits.ts';
import { isNamePattern, matchesPattern } from '../hub/name-pattern.ts';

export interface RepairMirror {
  /** Of repositories here: `*` within a part, `**` across. */
  readonly match: string;
  /** As in a reference: `docker.io`, `127.0.0.1:5000`. */
  readonly host: string;
  /** What stands before the rest of a repository's name there; empty where nothing does. */
  readonly path: string;
}

/** One repository of a mirror, for one of those here. */
export interface RepairPlace<H> {
  readonly host: string;
  readonly repository: string;
  /** The one here. */
  readonly home: H;
}

/** Undefined where it is not `PATTERN=HOST[:PORT][/PATH]`; `https://` may stand before the host. */
export function parseRepairMirror(text: string): RepairMirror | undefined {
  const equals = text.indexOf('=');
  const match = text.slice(0, Math.max(equals, 0)).trim();
  const address = text
    .slice(equals + 1)
    .trim()
    .replace(/^https:\/\//, '')
    .replace(/\/$/, '');
  const [host = '', ...parts] = address.split('/');
  const path = parts.join('/');
  const isWhole = !match.includes('*');
  // The name there is the path itself where nothing is left of the name here.
  const isPath = path === '' ? !isWhole : isRepositoryName(path);
  if (!isNamePattern(match) || !isRegistryHost(host) || !isPath) return undefined;
  return Object.freeze({ match, host, path });
}

export function formatRepairMirror({ match, host, path }: RepairMirror): string {
  return `${match}=${path === '' ? host : `${host}/${path}`}`;
}

/** Where to ask, the first mirror of the list first, each place once; at most `limits.repairPlaces`. */
export function listRepairPlaces<H extends { readonly repository: string; readonly kind: string }>(
  mirrors: readonly RepairMirror[],
  homes: readonly H[],
): readonly RepairPlace<H>[] {
  const places = new Map<string, RepairPlace<H>>();
  for (const mirror of mirrors)
    for (const home of homes) {
      const repository = nameAt(mirror, home.repository);
      if (repository === undefined) continue;
      const key = `${home.kind} ${mirror.host}/${repository}`;
      if (!places.has(key)) places.set(key, { host: mirror.host, repository, home });
    }
  return [...places.values()].slice(0, limits.repairPlaces);
}

export function formatRepairPlace({ host, repository }: RepairPlace<unknown>): string {
  return `${host}/${repository}`;
}

function nameAt({ match, path }: RepairMirror, name: string): string | undefined {
  if (!matchesPattern(match, name)) return undefined;
  const star = match.indexOf('*');
  const before = star < 0 ? match.length : match.lastIndexOf('/', star) + 1;
  const found = [path, name.slice(before)].filter((part) => part !== '').join('/');
  return isRepositoryName(found) ? found : undefined;
}
