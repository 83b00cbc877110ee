// The next root of a repository: who may sign the next one, how many of them must, and which keys sign online. A pure
// decision; nothing is signed here. Consistent snapshots always, as every client in the field expects them.
import type { Key } from '@tufjs/models';
import {
  formatExpiry,
  type OnlineRole,
  onlineRoles,
  type RoleFile,
  type RoleName,
  readRoleFile,
  specVersion,
} from '../../formats/tuf/role-file.ts';
import { createRoleKey, keysOfRole, nameKey } from '../../formats/tuf/role-key.ts';
import type { RootProposal } from '../../formats/tuf/root-proposal.ts';
import { trustRootErrors } from './errors.ts';

/** A key of the root, SubjectPublicKeyInfo in DER, and who keeps it. */
export interface RootHolder {
  readonly publicKey: Uint8Array;
  readonly holder?: string;
}

/** What the next root is to be; whatever is absent stays as it is. */
export interface RootWish {
  readonly addKeys?: readonly RootHolder[];
  /** Ids, or beginnings that only one id has. */
  readonly removeKeys?: readonly string[];
  readonly threshold?: number;
  /** The public keys that a role is signed with online; any one of them is enough. */
  readonly onlineKeys?: Partial<Readonly<Record<OnlineRole, readonly Uint8Array[]>>>;
  /** From now; a year where absent. */
  readonly lifetimeMs?: number;
}

/** A root is renewed by people: a year, with the months before its end to do it in. */
const rootLifetimeMs = 365 * 24 * 60 * 60 * 1000;

/** The proposal, unsigned; `trustroot.proposal_impossible`, `tuf.key_unsuitable`, `x509.key_invalid`. */
export function proposeRoot(
  current: RoleFile<'root'> | undefined,
  wish: RootWish,
  nowMs: number,
): RootProposal {
  const before = (role: RoleName): readonly Key[] =>
    current === undefined ? [] : keysOfRole(current, role).keys;
  const removed = (wish.removeKeys ?? []).map((id) => findKey(before('root'), id).keyID);
  const rootKeys = unique([
    ...before('root').filter(({ keyID }) => !removed.includes(keyID)),
    ...(wish.addKeys ?? []).map(({ publicKey, holder }) => createRoleKey(publicKey, holder)),
  ]);
  const threshold = wish.threshold ?? (current === undefined ? 1 : keysOfRole(current, 'root').threshold);
  if (rootKeys.length === 0 || threshold < 1 || threshold > rootKeys.length)
    throw trustRootErrors.proposal_impossible(
      `${threshold} of ${rootKeys.length} root keys would have to sign; the number must be from 1 to ${Math.max(1, rootKeys.length)}`,
    );
  const byRole = new Map<RoleName, readonly Key[]>([['root', rootKeys]]);
  for (const role of onlineRoles)
    byRole.set(role, unique(wish.onlineKeys?.[role]?.map((key) => createRoleKey(key)) ?? before(role)));
  checkApart(byRole);
  const roles = Object.fromEntries(
    [...byRole].map(([role, keys]) => [
      role,
      { keyids: keys.map(({ keyID }) => keyID), threshold: role === 'root' ? threshold : 1 },
    ]),
  );
  const signed = {
    _type: 'root',
    spec_version: specVersion,
    version: (current?.signed.version ?? 0) + 1,
    expires: formatExpiry(nowMs + (wish.lifetimeMs ?? rootLifetimeMs)),
    keys: Object.fromEntries([...byRole.values()].flat().map((key) => [key.keyID, key.toJSON()])),
    roles,
    consistent_snapshot: true,
  };
  return {
    ...(current === undefined ? {} : { current }),
    next: readRoleFile('root', { signed, signatures: [] }),
  };
}

function checkApart(byRole: ReadonlyMap<RoleName, readonly Key[]>): void {
  const offline = new Set(byRole.get('root')?.map(({ keyID }) => keyID));
  for (const role of onlineRoles) {
    const keys = byRole.get(role) ?? [];
    if (keys.length === 0)
      throw trustRootErrors.proposal_impossible(`nobody could sign ${role}: it has no key`);
    const both = keys.find(({ keyID }) => offline.has(keyID));
    if (both !== undefined)
      throw trustRootErrors.proposal_impossible(
        `${nameKey(both)} would be a root key and sign ${role} online; a root key is kept where no server is`,
      );
  }
}

function findKey(keys: readonly Key[], id: string): Key {
  const found = keys.filter(({ keyID }) => id.length >= 6 && keyID.startsWith(id));
  if (found.length === 1) return found[0] as Key;
  throw trustRootErrors.proposal_impossible(
    `"${id}" is the id of ${found.length} root keys; there are ${keys.map(nameKey).join(', ') || 'none'}`,
  );
}

function unique(keys: readonly Key[]): readonly Key[] {
  return [...new Map(keys.map((key) => [key.keyID, key])).values()];
}
