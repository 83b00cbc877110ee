// `plimsoll trust ceremony`: the page to print and keep with the root's keys, made of the root that holds.
import { formatCeremony } from '../../../../engines/tuf/ceremony.ts';
import { trustRootErrors } from '../../../../engines/tuf/errors.ts';
import { nameOfRoot, readNewestRoot } from '../../../../engines/tuf/root-shelf.ts';
import { hashHex } from '../../../../kit/hash.ts';
import type { CommandInput } from '../../command.ts';
import { type ExitCode, exitCodes } from '../../exit.ts';
import type { CliWorld } from '../../world.ts';

export async function printCeremony(world: CliWorld, _input: CommandInput): Promise<ExitCode> {
  const { store, place } = await world.trust.openRepository();
  const root = await readNewestRoot(store);
  if (root === undefined) throw trustRootErrors.repository_missing(`${place} holds no root`);
  const sha256Of = async (version: number): Promise<string> =>
    hashHex('sha256', (await store.read(nameOfRoot(version))) ?? '');
  const lines = formatCeremony({
    root,
    firstRootSha256: await sha256Of(1),
    rootSha256: await sha256Of(root.signed.version),
    place,
    nowMs: world.clock.now(),
  });
  world.stdout.write(`${lines.join('\n')}\n`);
  return exitCodes.yes;
}
