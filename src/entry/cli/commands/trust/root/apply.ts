// `plimsoll trust root apply FILE`: the next root takes its place in this machine's repository, if the root that holds
// there and it itself have the signatures that they ask for.
import { acceptRoot } from '../../../../../engines/tuf/root-shelf.ts';
import type { CommandInput } from '../../../command.ts';
import { type ExitCode, exitCodes } from '../../../exit.ts';
import type { CliWorld } from '../../../world.ts';
import { readProposal } from './file.ts';

export async function applyRoot(world: CliWorld, input: CommandInput): Promise<ExitCode> {
  const proposal = await readProposal(world, input);
  const { store, place } = await world.trust.openRepository();
  const outcome = await acceptRoot(store, proposal, world.clock.now());
  const { version } = proposal.next.signed;
  world.stdout.write(
    outcome === 'published'
      ? `root ${version} holds, in ${place}; clients follow it when they refresh\n`
      : `root ${version} is accepted, in ${place}; it names other online keys, and the server publishes it as soon as it signs with them\n`,
  );
  world.stderr.write('Print the recovery page anew:\n  plimsoll trust ceremony\n');
  return exitCodes.yes;
}
