// The repository of trust as a server keeps it (TUF 1.0, consistent snapshots): publishes what changed, renews what
// would expire, and brings in a root that waits. Files go out in the order in which a client at any moment finds a
// whole repository: targets, snapshot, timestamp, and a new root last, after all that it asks to be signed by its new
// keys was signed by both. The store is the only memory, and a run that broke off is finished by the next one.
import {
  formatRoleFile,
  type OnlineRole,
  onlineRoles,
  parseRoleFile,
  type RoleFile,
  withoutSignatures,
} from '../../formats/tuf/role-file.ts';
import { createRoleKey, isSignedBy, keysOfRole, nameKey } from '../../formats/tuf/role-key.ts';
import type { SigningKey } from '../../io/keys/signing-key.ts';
import type { TufStore } from '../../io/tuf/store.ts';
import type { Clock } from '../../kit/clock.ts';
import { describeError, isPlimsollError } from '../../kit/error.ts';
import { trustRootErrors } from './errors.ts';
import { checkSuccession } from './judge-root.ts';
import { draftSnapshot, draftTargets, draftTimestamp, renewalMs, type TargetBytes } from './role-draft.ts';
import { forgetWaitingRoot, nameOfRoot, readNewestRoot, readWaitingRoot } from './root-shelf.ts';
import { signRole } from './sign-role.ts';

/** What a server answers under `/trust/tuf/`. */
export interface TufFiles {
  /** Undefined of what is not published; any path may be asked. `root.json` is the newest root. */
  read(path: string): Promise<Uint8Array | undefined>;
}

export interface TufPublisherParts {
  readonly store: TufStore;
  /** Of the online keys that these roots name for a role those at hand now; of no root, all. Others do no harm. */
  keys(role: OnlineRole, roots: readonly RoleFile<'root'>[]): Promise<readonly SigningKey[]>;
  /** What is to be published now. */
  readTargets(): Promise<TargetBytes>;
  readonly clock: Clock;
}

export interface Publication {
  /** Until when the root that holds can be followed, epoch milliseconds: only people can renew it. */
  readonly rootExpiresAt: number;
  /** Names of what was written, in order; none where all was as it should be. */
  readonly written: readonly string[];
  /** Why a root that was accepted is not published yet. */
  readonly waiting?: string;
}

export interface TufPublisher extends TufFiles {
  /**
   * Brings the store up to date; cheap where nothing is to be done. One after the other where called at once. Throws
   * `trustroot.repository_missing`, `trustroot.online_key_missing`, `trustroot.file_damaged`, `trustfiles.unavailable`.
   */
  publish(): Promise<Publication>;
}

export function createTufPublisher(parts: TufPublisherParts): TufPublisher {
  let last: Promise<unknown> = Promise.resolve();
  return {
    publish() {
      const run = last.then(() => publishOnce(parts));
      last = run.catch(() => undefined);
      return run;
    },
    read: (path) => readPublished(parts.store, path),
  };
}

const PUBLISHED =
  /^(?:[1-9]\d*\.(?:root|targets|snapshot)|timestamp)\.json$|^targets\/[0-9a-f]{64}\.[A-Za-z0-9_][A-Za-z0-9._-]*$/;

async function readPublished(store: TufStore, path: string): Promise<Uint8Array | undefined> {
  if (path === 'root.json') {
    const root = await readNewestRoot(store);
    return root === undefined ? undefined : store.read(nameOfRoot(root.signed.version));
  }
  return path.length <= 200 && PUBLISHED.test(path) ? store.read(path) : undefined;
}

/** The roots that online files must satisfy: the one that holds, the one that is to follow, or both. */
type Roots = readonly [RoleFile<'root'>, ...RoleFile<'root'>[]];

async function publishOnce(parts: TufPublisherParts): Promise<Publication> {
  const { store, clock } = parts;
  const nowMs = clock.now();
  const current = await readNewestRoot(store);
  const { next, waiting } = await findNext(parts, current, nowMs);
  const first = current ?? next;
  if (first === undefined) throw trustRootErrors.repository_missing(waiting ?? 'no root was made here yet');
  const roots: Roots = next === undefined ? [first] : await rootsToSatisfy(parts, current, next);
  const written = await publishRoles(parts, roots, nowMs);
  if (next !== undefined) {
    const name = nameOfRoot(next.signed.version);
    if (await store.create(name, formatRoleFile(next))) written.push(name);
    await forgetWaitingRoot(store);
  }
  const rootExpiresAt = Date.parse((next ?? first).signed.expires);
  return { rootExpiresAt, written, ...(waiting === undefined ? {} : { waiting }) };
}

/** The waiting root where it can be published now. */
async function findNext(
  { store, keys }: TufPublisherParts,
  current: RoleFile<'root'> | undefined,
  nowMs: number,
): Promise<{ readonly next?: RoleFile<'root'>; readonly waiting?: string }> {
  try {
    const next = await readWaitingRoot(store);
    if (next === undefined) return {};
    if (next.signed.version <= (current?.signed.version ?? 0)) {
      // It was published by a run that broke off, or another one was.
      await forgetWaitingRoot(store);
      return {};
    }
    checkSuccession({ ...(current === undefined ? {} : { current }), next }, nowMs);
    for (const role of onlineRoles) chooseKeys(role, [next], await keys(role, [next]));
    return { next };
  } catch (error) {
    if (!isPlimsollError(error)) throw error;
    return { waiting: describeError(error) };
  }
}

/**
 * Both where the former keys are at hand, so that no client sees a gap. Where one of them is lost there is nothing that
 * the former root would believe any more: who refreshes between the last two files of this publication tries again.
 */
async function rootsToSatisfy(
  { keys }: TufPublisherParts,
  current: RoleFile<'root'> | undefined,
  next: RoleFile<'root'>,
): Promise<Roots> {
  if (current === undefined) return [next];
  try {
    for (const role of onlineRoles) chooseKeys(role, [current], await keys(role, [current]));
    return [current, next];
  } catch (error) {
    if (!isPlimsollError(error)) throw error;
    return [next];
  }
}

async function publishRoles(parts: TufPublisherParts, roots: Roots, nowMs: number): Promise<string[]> {
  const { store } = parts;
  const written: string[] = [];
  const write = async (name: string, bytes: Uint8Array): Promise<void> => {
    await store.write(name, bytes);
    written.push(name);
  };
  const before = await readRoles(store);
  const isDue = (role: OnlineRole, file: RoleFile): boolean =>
    Date.parse(file.signed.expires) - nowMs < renewalMs[role] ||
    !roots.every((root) => isSignedBy(root, role, file));

  const wanted = await parts.readTargets();
  const draft = draftTargets(wanted, (before?.targets.signed.version ?? 0) + 1, nowMs);
  let { targets, snapshot } = before ?? {};
  const isNewTargets = targets === undefined || isDue('targets', targets) || !isSameTargets(targets, draft);
  if (targets === undefined || isNewTargets) {
    for (const [name, bytes] of wanted) {
      const path = `targets/${draft.signed.targets[name]?.hashes.sha256}.${name}`;
      if (await store.create(path, bytes)) written.push(path);
    }
    targets = await sign(parts, 'targets', draft, roots);
    await write(`${targets.signed.version}.targets.json`, formatRoleFile(targets));
  }
  const isNewSnapshot = isNewTargets || snapshot === undefined || isDue('snapshot', snapshot);
  if (snapshot === undefined || isNewSnapshot) {
    const version = (before?.snapshot.signed.version ?? 0) + 1;
    snapshot = await sign(parts, 'snapshot', draftSnapshot(targets, version, nowMs), roots);
    await write(`${version}.snapshot.json`, formatRoleFile(snapshot));
  }
  if (before === undefined || isNewSnapshot || isDue('timestamp', before.timestamp)) {
    const version = (before?.timestamp.signed.version ?? 0) + 1;
    const timestamp = await sign(parts, 'timestamp', draftTimestamp(snapshot, version, nowMs), roots);
    await write('timestamp.json', formatRoleFile(timestamp));
  }
  return written;
}

interface PublishedRoles {
  readonly timestamp: RoleFile<'timestamp'>;
  readonly snapshot: RoleFile<'snapshot'>;
  readonly targets: RoleFile<'targets'>;
}

/** What clients see now; undefined before the first publication. What is above a file says which one it is. */
async function readRoles(store: TufStore): Promise<PublishedRoles | undefined> {
  const read = async (name: string): Promise<Uint8Array> => {
    const bytes = await store.read(name);
    if (bytes !== undefined) return bytes;
    throw trustRootErrors.file_damaged(`${name} is not there, but another file names it`);
  };
  const bytes = await store.read('timestamp.json');
  if (bytes === undefined) return undefined;
  try {
    const timestamp = parseRoleFile('timestamp', bytes);
    const snapshot = parseRoleFile(
      'snapshot',
      await read(`${timestamp.signed.snapshotMeta.version}.snapshot.json`),
    );
    const version = snapshot.signed.meta['targets.json']?.version;
    return { timestamp, snapshot, targets: parseRoleFile('targets', await read(`${version}.targets.json`)) };
  } catch (cause) {
    if (!isPlimsollError(cause, { code: 'tuf.file_invalid' })) throw cause;
    throw trustRootErrors.file_damaged(cause.message, { cause });
  }
}

function isSameTargets(published: RoleFile<'targets'>, draft: RoleFile<'targets'>): boolean {
  const [one, other] = [published.signed.targets, draft.signed.targets];
  const names = Object.keys(one);
  return (
    names.length === Object.keys(other).length &&
    names.every((name) => {
      const [mine, its] = [one[name], other[name]];
      return mine !== undefined && its !== undefined && mine.equals(its);
    })
  );
}

async function sign<R extends OnlineRole>(
  { keys }: TufPublisherParts,
  role: R,
  draft: RoleFile<R>,
  roots: Roots,
): Promise<RoleFile<R>> {
  return signRole(withoutSignatures(draft), chooseKeys(role, roots, await keys(role, roots)));
}

/** Of the keys at hand those that the roots name; `trustroot.online_key_missing` unless each root is satisfied. */
function chooseKeys(role: OnlineRole, roots: Roots, atHand: readonly SigningKey[]): readonly SigningKey[] {
  const chosen = new Set<SigningKey>();
  for (const root of roots) {
    const { threshold, keys } = keysOfRole(root, role);
    const found = atHand.filter(({ publicKey }) => {
      const { keyID } = createRoleKey(publicKey);
      return keys.some((key) => key.keyID === keyID);
    });
    if (found.length < threshold)
      throw trustRootErrors.online_key_missing(
        `root ${root.signed.version} has ${role} signed by ${keys.map(nameKey).join(' or ')}, and no such key is at hand`,
      );
    for (const key of found) chosen.add(key);
  }
  return [...chosen];
}
