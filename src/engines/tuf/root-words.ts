// A change of the root in sentences, for whoever is asked to sign it: what would hold that does not hold now.
import type { Key } from '@tufjs/models';
import { onlineRoles, type RoleFile, type RoleName } from '../../formats/tuf/role-file.ts';
import { keysOfRole, nameKey } from '../../formats/tuf/role-key.ts';
import type { RootProposal } from '../../formats/tuf/root-proposal.ts';

/** One sentence for each thing; of a first root, all that it says. */
export function describeRootChange({ current, next }: RootProposal): readonly string[] {
  const { version, expires } = next.signed;
  const head =
    current === undefined
      ? `This is the first root (version ${version}); it holds until ${expires}.`
      : `Root ${version} takes the place of root ${current.signed.version}; it holds until ${expires} (before: ${current.signed.expires}).`;
  return [
    head,
    ...describeHolders(current, next),
    ...onlineRoles.flatMap((role) => describeOnline(role, current, next)),
  ];
}

function describeHolders(current: RoleFile<'root'> | undefined, next: RoleFile<'root'>): readonly string[] {
  const { added, removed } = difference('root', current, next);
  const { threshold, keys } = keysOfRole(next, 'root');
  const before = current === undefined ? undefined : keysOfRole(current, 'root');
  const isSame = before?.threshold === threshold && before.keys.length === keys.length;
  return [
    ...added.map((key) => `${nameKey(key)} becomes a root key.`),
    ...removed.map((key) => `${nameKey(key)} is no root key any more.`),
    `${threshold} of ${keys.length} root keys must sign the next root${isSame ? ', as now' : ''}.`,
  ];
}

function describeOnline(
  role: RoleName,
  current: RoleFile<'root'> | undefined,
  next: RoleFile<'root'>,
): readonly string[] {
  const { added, removed } = difference(role, current, next);
  return [
    ...added.map((key) => `${nameKey(key)} signs ${role}, online.`),
    ...removed.map((key) => `${nameKey(key)} signs ${role} no more.`),
  ];
}

function difference(role: RoleName, current: RoleFile<'root'> | undefined, next: RoleFile<'root'>) {
  const before: readonly Key[] = current === undefined ? [] : keysOfRole(current, role).keys;
  const after = keysOfRole(next, role).keys;
  const isIn = (keys: readonly Key[], { keyID }: Key): boolean => keys.some((key) => key.keyID === keyID);
  return {
    added: after.filter((key) => !isIn(before, key)),
    removed: before.filter((key) => !isIn(after, key)),
  };
}
