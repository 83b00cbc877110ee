// `plimsoll trust root show [FILE]`: the root that holds here, or the one that travels in a file: its keys, what it
// asks for, and who has signed.
import { trustRootErrors } from '../../../../../engines/tuf/errors.ts';
import { judgeSignatures, type RootDemand, sayMissing } from '../../../../../engines/tuf/judge-root.ts';
import { nameOfRoot, readNewestRoot, readWaitingRoot } from '../../../../../engines/tuf/root-shelf.ts';
import { describeRootChange } from '../../../../../engines/tuf/root-words.ts';
import { onlineRoles, type RoleFile } from '../../../../../formats/tuf/role-file.ts';
import { holderOf, keysOfRole, nameKey } from '../../../../../formats/tuf/role-key.ts';
import { hashHex } from '../../../../../kit/hash.ts';
import { type CommandInput, textOption } from '../../../command.ts';
import { type ExitCode, exitCodes } from '../../../exit.ts';
import { checkChoice } from '../../../option.ts';
import { printable } from '../../../printable.ts';
import type { CliWorld } from '../../../world.ts';
import { readProposal } from './file.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
/** Signatures of several people take weeks. */
const WARNING_DAYS = 60;

export async function showRoot(world: CliWorld, input: CommandInput): Promise<ExitCode> {
  const isJson = checkChoice('--format', textOption(input, 'format') ?? 'text', ['text', 'json']) === 'json';
  const print = (value: object, lines: readonly string[]): void =>
    world.stdout.write(
      isJson ? `${JSON.stringify(value, undefined, 2)}\n` : `${lines.map(printable).join('\n')}\n`,
    );
  if (input.args[2] !== undefined) {
    const proposal = await readProposal(world, input);
    const demands = judgeSignatures(proposal);
    print({ ...rootJson(proposal.next), signatures: demands.map(demandJson) }, [
      ...describeRootChange(proposal),
      ...demands.map((demand) =>
        demand.isMet ? `● the ${demand.by} root has its ${demand.threshold}` : `◌ ${sayMissing(demand)}`,
      ),
    ]);
    return demands.every(({ isMet }) => isMet) ? exitCodes.yes : exitCodes.no;
  }
  const { store, place } = await world.trust.openRepository();
  const root = await readNewestRoot(store);
  if (root === undefined) throw trustRootErrors.repository_missing(`${place} holds no root`);
  const waiting = await readWaitingRoot(store);
  const days = Math.floor((Date.parse(root.signed.expires) - world.clock.now()) / DAY_MS);
  if (days < WARNING_DAYS)
    world.stderr.write(
      `It ${days < 0 ? 'has ended: clients refuse to refresh' : `ends in ${days} days`}. Renew it:\n  plimsoll trust root propose next-root.json\n`,
    );
  const firstRoot = `sha256:${hashHex('sha256', (await store.read(nameOfRoot(1))) ?? '')}`;
  print(
    { ...rootJson(root), place, firstRoot, ...(waiting === undefined ? {} : { waiting: rootJson(waiting) }) },
    [
      ...rootLines(root),
      `first root  ${firstRoot}`,
      `kept in     ${place}`,
      ...(waiting === undefined
        ? []
        : [`◌ root ${waiting.signed.version} waits until the server signs with its keys`]),
    ],
  );
  return exitCodes.yes;
}

function rootLines(root: RoleFile<'root'>): readonly string[] {
  const { threshold, keys } = keysOfRole(root, 'root');
  return [
    `root ${root.signed.version} holds until ${root.signed.expires}`,
    `root keys   ${threshold} of ${keys.length} must sign: ${keys.map(nameKey).join(', ')}`,
    ...onlineRoles.map((role) => `${role.padEnd(11)} ${keysOfRole(root, role).keys.map(nameKey).join(', ')}`),
  ];
}

function rootJson(root: RoleFile<'root'>): object {
  const { threshold, keys } = keysOfRole(root, 'root');
  return {
    version: root.signed.version,
    expires: root.signed.expires,
    threshold,
    keys: keys.map((key) => ({ id: key.keyID, scheme: key.scheme, holder: holderOf(key) })),
    online: Object.fromEntries(
      onlineRoles.map((role) => [role, keysOfRole(root, role).keys.map(({ keyID }) => keyID)]),
    ),
  };
}

function demandJson({ by, threshold, signed, unsigned }: RootDemand): object {
  return {
    by,
    threshold,
    signed: signed.map(({ keyID }) => keyID),
    unsigned: unsigned.map(({ keyID }) => keyID),
  };
}
