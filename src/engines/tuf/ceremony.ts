// The printed page of a repository of trust: which keys there are, who keeps them, and what to do on the day when one
// is lost or stolen. Made of the root that holds, so that it is true on the day it is printed. To be kept on paper.
import type { Key } from '@tufjs/models';
import { onlineRoles, type RoleFile } from '../../formats/tuf/role-file.ts';
import { holderOf, keysOfRole } from '../../formats/tuf/role-key.ts';

export interface CeremonyParts {
  readonly root: RoleFile<'root'>;
  /** SHA-256 of the first root's file, hexadecimal: what clients were told to begin with. */
  readonly firstRootSha256: string;
  /** The same of the root that holds. */
  readonly rootSha256: string;
  /** Where the repository lies, for people. */
  readonly place: string;
  readonly nowMs: number;
}

/** Lines without colour; a line is at most 100 characters but for what is to be copied. */
export function formatCeremony(parts: CeremonyParts): readonly string[] {
  const { root, nowMs } = parts;
  const { threshold, keys } = keysOfRole(root, 'root');
  return [
    'RECOVERY OF THE ROOT OF TRUST',
    `Printed ${new Date(nowMs).toISOString().slice(0, 10)}. Print it anew after each change of the root.`,
    '',
    `Repository      ${parts.place}`,
    `Root            version ${root.signed.version}, holds until ${root.signed.expires}`,
    `                sha256:${parts.rootSha256}`,
    `First root      sha256:${parts.firstRootSha256}`,
    '                (what clients are given: plimsoll trust add NAME URL --root-checksum sha256:...)',
    '',
    `Root keys, offline: ${threshold} of ${keys.length} must sign the next root`,
    ...keys.flatMap((key) => [
      `  ${key.keyID}`,
      `    ${key.scheme}, held by ${holderOf(key) ?? '____________________'}, kept at ____________________`,
    ]),
    '',
    'Online keys, on the server',
    ...onlineRoles.flatMap((role) =>
      keysOfRole(root, role).keys.map((key) => `  ${role.padEnd(10)} ${key.keyID}`),
    ),
    '',
    ...stepsBeforeExpiry(root),
    '',
    ...stepsForRootKey(keys, threshold),
    '',
    ...stepsForOnlineKey(),
    '',
    ...stepsForAll(threshold),
  ];
}

function stepsBeforeExpiry(root: RoleFile<'root'>): readonly string[] {
  return [
    `1. EVERY YEAR, before ${root.signed.expires.slice(0, 10)}`,
    '   Server:       plimsoll trust root propose next-root.json',
    '   Each holder:  plimsoll trust root sign next-root.json --key KEYFILE   (no network needed)',
    '   Server:       plimsoll trust root apply next-root.json',
    '   A root that has expired is still followed: the same lines mend it. Until then clients refuse to refresh.',
  ];
}

function stepsForRootKey(keys: readonly Key[], threshold: number): readonly string[] {
  const spare = keys.length - threshold;
  const example = keys[0]?.keyID.slice(0, 12) ?? 'ID';
  const lost =
    spare > 0
      ? `   ${spare} of the ${keys.length} may be lost and the rest can still sign. Replace a lost one at once:`
      : '   None may be lost: with one gone nobody can sign the next root (see 4). Add spare ones while all are there.';
  return [
    '2. A ROOT KEY IS LOST OR STOLEN',
    lost,
    `   Server:       plimsoll trust root propose next-root.json --remove-key ${example} --add-key "NAME=NEW.pub"`,
    `   ${threshold} of the holders of today sign, the new holder too where the new root asks for it; then apply.`,
    threshold > 1
      ? `   Who steals fewer than ${threshold} keys can do nothing with them.`
      : '   Who steals the one key can sign a root of their own: until clients have the next root, they can be misled.',
  ];
}

function stepsForOnlineKey(): readonly string[] {
  return [
    '3. AN ONLINE KEY IS LOST OR STOLEN',
    '   Whoever has all of them can publish another trusted root until the root names others. Stolen from the server:',
    '   mend the server first. Then, with an administrator’s login, from any machine:',
    '                 plimsoll trust rotate tuf next-root.json --at-once --host SERVER',
    '   Holders sign, then apply, as in 1. Clients then forget the versions that the former key signed.',
    '   Keys that no Plimsoll server made are named in a root by: plimsoll trust root propose next-root.json',
    '                 --online-key targets=NEW.pub snapshot=NEW.pub timestamp=NEW.pub',
  ];
}

function stepsForAll(threshold: number): readonly string[] {
  return [
    `4. FEWER THAN ${threshold} ROOT KEYS ARE LEFT`,
    '   There is no way in this root; it was made so that there is none. Make a new repository and root, and tell every',
    '   client its new first root over a way that does not lead through this server:',
    '                 plimsoll trust remove NAME',
    '                 plimsoll trust add NAME URL --root-checksum sha256:...',
    '   Signatures that were made before stay valid under the trusted root that the new repository publishes.',
  ];
}
