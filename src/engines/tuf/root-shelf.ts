// The roots of a repository where it lies: `1.root.json` and on, each signed by the one before, never written over.
// A next root that names other online keys waits beside them as `next-root.json` until whoever holds those keys has
// signed with them: a root alone would leave clients with files that nobody may have signed.
import { formatRoleFile, onlineRoles, parseRoleFile, type RoleFile } from '../../formats/tuf/role-file.ts';
import { keysOfRole } from '../../formats/tuf/role-key.ts';
import type { RootProposal } from '../../formats/tuf/root-proposal.ts';
import type { TufStore } from '../../io/tuf/store.ts';
import { isPlimsollError } from '../../kit/error.ts';
import { trustRootErrors } from './errors.ts';
import { checkSuccession } from './judge-root.ts';

const NEXT = 'next-root.json';
const ROOT = /^([1-9]\d{0,8})\.root\.json$/;

/** The newest root; undefined before there is one. `trustroot.file_damaged`. */
export async function readNewestRoot(store: TufStore): Promise<RoleFile<'root'> | undefined> {
  const versions = (await store.list()).flatMap((name) => Number(ROOT.exec(name)?.[1] ?? []));
  const newest = Math.max(0, ...versions);
  return newest === 0 ? undefined : readRoot(store, newest);
}

/** `trustroot.file_damaged` also where there is none. */
async function readRoot(store: TufStore, version: number): Promise<RoleFile<'root'>> {
  const name = nameOfRoot(version);
  const bytes = await store.read(name);
  try {
    if (bytes !== undefined) return parseRoleFile('root', bytes);
  } catch (cause) {
    if (!isPlimsollError(cause)) throw cause;
    throw trustRootErrors.file_damaged(`${name} is damaged: ${cause.message}`, { cause });
  }
  throw trustRootErrors.file_damaged(`${name} is not there`);
}

export function nameOfRoot(version: number): string {
  return `${version}.root.json`;
}

/** The root that was accepted and waits for its online signatures. */
export async function readWaitingRoot(store: TufStore): Promise<RoleFile<'root'> | undefined> {
  const bytes = await store.read(NEXT);
  return bytes === undefined ? undefined : parseRoleFile('root', bytes);
}

export async function forgetWaitingRoot(store: TufStore): Promise<void> {
  await store.remove(NEXT);
}

/** `published`: clients see it. `waiting`: the server signs with its keys and publishes it at its next look. */
export type RootAcceptance = 'published' | 'waiting';

/**
 * Takes a next root after the one that the store holds, whatever the proposal says of the current one. Durable. Throws
 * what `checkSuccession` throws; the same root twice is `trustroot.version_wrong` once it was published.
 */
export async function acceptRoot(
  store: TufStore,
  { next }: RootProposal,
  nowMs: number,
): Promise<RootAcceptance> {
  const current = await readNewestRoot(store);
  checkSuccession({ ...(current === undefined ? {} : { current }), next }, nowMs);
  const bytes = formatRoleFile(next);
  if (current === undefined || changesOnlineKeys(current, next)) {
    await store.write(NEXT, bytes);
    return 'waiting';
  }
  if (!(await store.create(nameOfRoot(next.signed.version), bytes)))
    throw trustRootErrors.version_wrong(
      `root ${next.signed.version} was published by somebody else just now`,
    );
  // One that waited was made of the same root before; it cannot follow any more.
  await forgetWaitingRoot(store);
  return 'published';
}

function changesOnlineKeys(current: RoleFile<'root'>, next: RoleFile<'root'>): boolean {
  const ids = (root: RoleFile<'root'>): string =>
    JSON.stringify(
      onlineRoles.map((role) =>
        keysOfRole(root, role)
          .keys.map(({ keyID }) => keyID)
          .sort(),
      ),
    );
  return ids(current) !== ids(next);
}
