// Fetches all role files of a repository into an archive: root, timestamp, the snapshot that it means, every earlier
// root, targets, and the delegations. Files are asked for by the hash that the file above states, so that the set is
// one moment's even while somebody publishes; where the server has none under the hash, by the name alone. Nothing is
// judged: what cannot be read is kept as it came. What was fetched under a name that cannot change is not asked again.
import {
  archivePath,
  type TrustArchive,
  type TrustFetch,
  type TrustImport,
} from '../../formats/notary1/archive.ts';
import { parseRoleFile, type RoleFile, type RoleFileOf } from '../../formats/notary1/role-file.ts';
import { consistentName, isRoleName, parseRoleName, type RoleName } from '../../formats/notary1/role-name.ts';
import type { TrustStore } from '../../io/images/trust-archive.ts';
import type { TrustServer } from '../../io/images/trust-server.ts';
import { formatSize } from '../../kit/bytes.ts';
import { type Clock, formatInstant } from '../../kit/clock.ts';
import { isPlimsollError } from '../../kit/error.ts';
import { hashHex } from '../../kit/hash.ts';
import { limits } from '../../kit/limits.ts';
import { dctErrors } from './errors.ts';

export interface CollectDeps {
  readonly server: TrustServer;
  readonly store: TrustStore;
  readonly clock: Clock;
  /** Most bytes of all files of one import; the limit where absent. */
  readonly mostBytes?: number;
}

/**
 * The archive with one import more, saved. Where it breaks off, what has come is kept, and the next import goes on.
 * `dct.nothing_signed`, `dct.too_much`, `dct.other_repository`, and what the server and the store throw.
 */
export async function collectTrust(deps: CollectDeps): Promise<TrustArchive> {
  const { server, store } = deps;
  if (store.archive !== undefined && store.archive.gun !== server.gun)
    throw dctErrors.other_repository(`the archive is of ${store.archive.gun}, not of ${server.gun}`);
  const fetcher = createFetcher(deps);
  const root = await fetcher.fetch('root', parseRoleName('root'));
  if (root === undefined)
    throw dctErrors.nothing_signed(`${server.host} has no trust data for ${server.gun}`);
  const timestamp = readAs(await fetcher.fetch('timestamp', parseRoleName('timestamp')), 'timestamp');
  const stated = timestamp?.snapshot.sha256;
  const snapshot = readAs(await fetcher.newest(parseRoleName('snapshot'), stated), 'snapshot');
  await fetchRoots(fetcher, root, snapshot);
  await fetchTargets(fetcher, snapshot);
  return fetcher.finish();
}

interface Fetched {
  readonly role: RoleName;
  readonly bytes: Uint8Array;
}

interface Fetcher {
  /** The file of a name, recorded and kept; undefined where the server has none. */
  fetch(name: string, role: RoleName, isFixed?: boolean): Promise<Fetched | undefined>;
  /** By hash where one is stated and the server has it, else by name. */
  newest(role: RoleName, sha256: string | undefined): Promise<Fetched | undefined>;
  finish(): Promise<TrustArchive>;
}

function createFetcher({ server, store, clock, ...rest }: CollectDeps): Fetcher {
  const mostBytes = rest.mostBytes ?? limits.trustArchiveBytes;
  const { gun, host } = server;
  const earlier = store.archive?.imports ?? [];
  const fetches: TrustFetch[] = [];
  const at = formatInstant(clock.now());
  const state = (isComplete: boolean): TrustArchive => {
    const own: TrustImport = { at, server: host, isComplete, fetches };
    return { gun, imports: [...earlier, own] };
  };
  let sizeBytes = 0;

  const keep = async (fetch: TrustFetch, bytes: Uint8Array): Promise<Fetched> => {
    sizeBytes += bytes.byteLength;
    if (sizeBytes > mostBytes)
      throw dctErrors.too_much(`${host} sends more than ${formatSize(mostBytes)} for ${gun}`);
    fetches.push(fetch);
    return { role: fetch.role, bytes };
  };

  const fetch: Fetcher['fetch'] = async (name, role, isFixed = false) => {
    const known = isFixed ? findFetch(earlier, host, name) : undefined;
    if (known?.file !== undefined) {
      // A file that was damaged meanwhile is fetched anew, and a root that is not of the version that was asked for.
      const bytes = await store.read(role, known.file.sha256).catch(() => undefined);
      if (bytes !== undefined && isOfVersion(name, { role, bytes })) return keep(known, bytes);
    }
    const most = role === 'timestamp' ? limits.trustTimestampBytes : limits.trustFileBytes;
    const answer = await server.read(name, Math.min(most, mostBytes));
    const { bytes, url, lastModified } = answer;
    const asked = { name, role, url, at: formatInstant(clock.now()) };
    if (bytes === undefined) {
      fetches.push(asked);
      return undefined;
    }
    const file = { sha256: hashHex('sha256', bytes), sizeBytes: bytes.byteLength };
    await store.add(role, bytes);
    const kept = await keep(
      { ...asked, file, ...(lastModified === undefined ? {} : { lastModified }) },
      bytes,
    );
    await store.save(state(false));
    return kept;
  };

  return {
    fetch,
    async newest(role, sha256) {
      const fixed = sha256 === undefined ? undefined : await fetch(consistentName(role, sha256), role, true);
      return fixed ?? fetch(role, role);
    },
    async finish() {
      const archive = state(true);
      await store.save(archive);
      return archive;
    },
  };
}

/** Under a name with a version or a hash the same server has the same file for ever. */
function findFetch(imports: readonly TrustImport[], host: string, name: string): TrustFetch | undefined {
  return imports
    .filter(({ server }) => server === host)
    .flatMap(({ fetches }) => fetches)
    .find((fetch) => fetch.name === name && isItself(fetch));
}

/** A file under another hash than it has is asked for again. */
function isItself({ name, role, file }: TrustFetch): boolean {
  if (file === undefined) return false;
  return /^\d+\.root$/.test(name) || `roles/${name}.json` === archivePath(role, file.sha256);
}

/** `2.root` is a root of version 2; other names have no version. */
function isOfVersion(name: string, fetched: Fetched): boolean {
  const wanted = /^(\d+)\.root$/.exec(name)?.[1];
  return wanted === undefined || readAs(fetched, 'root')?.version === Number(wanted);
}

/** The root that the snapshot means, and back from the newest one every version that the server has. */
async function fetchRoots(
  fetcher: Fetcher,
  newest: Fetched,
  snapshot: RoleFileOf<'snapshot'> | undefined,
): Promise<void> {
  const stated = snapshot?.files.get('root')?.sha256;
  const isMeant = stated === undefined || stated === hashHex('sha256', newest.bytes);
  const meant = isMeant
    ? undefined
    : await fetcher.fetch(consistentName(newest.role, stated), newest.role, true);
  const version = Math.max(readAs(newest, 'root')?.version ?? 1, readAs(meant, 'root')?.version ?? 1);
  const least = Math.max(1, version - limits.trustRoots);
  for (let at = version - 1; at >= least; at -= 1)
    // Without this one nothing leads to those before it.
    if ((await fetcher.fetch(`${at}.root`, newest.role, true)) === undefined) return;
}

/** Targets and the delegations below it, then what the snapshot names beside them. */
async function fetchTargets(fetcher: Fetcher, snapshot: RoleFileOf<'snapshot'> | undefined): Promise<void> {
  const done = new Set<string>();
  const waiting: RoleName[] = [parseRoleName('targets')];
  const named = [...(snapshot?.files.keys() ?? [])].filter((name) => name.startsWith('targets/'));
  for (;;) {
    const role =
      waiting.shift() ?? named.find((name): name is RoleName => isRoleName(name) && !done.has(name));
    if (role === undefined || done.size > limits.trustDelegations) return;
    if (done.has(role)) continue;
    done.add(role);
    const file = readAs(await fetcher.newest(role, snapshot?.files.get(role)?.sha256), 'targets');
    waiting.push(...(file?.delegations.map((one) => one.role) ?? []));
  }
}

/** What a file says, for finding others; undefined where it cannot be read, which is judged later. */
function readAs<K extends RoleFile['kind']>(
  fetched: Fetched | undefined,
  kind: K,
): RoleFileOf<K> | undefined {
  if (fetched === undefined) return undefined;
  try {
    const file = parseRoleFile(fetched.bytes, fetched.role);
    return file.kind === kind ? (file as RoleFileOf<K>) : undefined;
  } catch (error) {
    if (isPlimsollError(error)) return undefined;
    throw error;
  }
}
